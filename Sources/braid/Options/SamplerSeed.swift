internal import ArgumentParser

/// The seed with which an answer is drawn.
enum SamplerSeed: ExpressibleByArgument, CustomStringConvertible, Sendable {
  /// A random seed.
  case any
  /// A given seed, for the same answer again.
  case fixed(UInt64)

  init?(argument: String) {
    if argument == "-1" {
      self = .any
    } else if let number = UInt64(argument) {
      self = .fixed(number)
    } else {
      return nil
    }
  }

  /// The seed; nil for a random one.
  var value: UInt64? {
    if case .fixed(let number) = self { number } else { nil }
  }

  var description: String { value.map(String.init) ?? "-1" }
}

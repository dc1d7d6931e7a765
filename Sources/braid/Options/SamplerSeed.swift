internal import ArgumentParser

/// Where drawing starts.
enum SamplerSeed: ExpressibleByArgument, CustomStringConvertible, Sendable {
  /// Wherever chance has it.
  case any
  /// At a given number, for the same answer again.
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

  /// The number; nil for any.
  var value: UInt64? {
    if case .fixed(let number) = self { number } else { nil }
  }

  var description: String { value.map(String.init) ?? "-1" }
}

internal import APITypes
internal import CommandLineSupport
internal import ParallelContext

/// Reads the textual form of a method.
@discardableResult
func namedMethod(_ text: String) throws(CommandFailure) -> NamedMethod {
  do throws(ContextError) {
    return try NamedMethod(parsing: text)
  } catch {
    throw CommandFailure(.badInput, error.message, cause: error)
  }
}

/// Reads the method of a benchmark, which must encode chunks behind a sink alone.
func benchmarkReading(_ text: String) throws(CommandFailure) -> Reading {
  let method = try namedMethod(text).method
  guard let reading = method.reading, method.encoding == .plain else {
    throw CommandFailure(
      .badInput,
      "policy: \(text) cannot be measured here, where chunks are encoded behind a sink alone; `braid eval` has all policies"
    )
  }
  return reading
}

extension CuttingOptions {
  /// Returns the options with the encoding that a method demands.
  ///
  /// - Parameter text: The method in its textual form; nil for the default, which demands nothing.
  /// - Returns: The options.
  /// - Throws: ``CommandFailure`` when an option contradicts the method.
  func encoding(for text: String?) throws(CommandFailure) -> CuttingOptions {
    guard let text else { return self }
    let asked = try namedMethod(text)
    guard let wanted = asked.method.demandedEncoding else { return self }
    var options = self
    switch wanted.lead {
    case .nothing: break
    case .left(let count): options.left = count
    case .anchor(let count): options.anchor = count.map { .tokens($0) } ?? .chunk
    }
    if !wanted.hasSink { options.sink = "none" }
    let differing = [
      left.map { $0 != options.left || wanted.lead != Lead(left: $0) } ?? false ? "--left" : nil,
      anchor.map { $0 != options.anchor || wanted.lead == .nothing } ?? false ? "--anchor" : nil,
      sink.map { ($0 == "none") == wanted.hasSink } ?? false ? "--sink" : nil,
    ]
    if let option = differing.compactMap({ $0 }).first {
      throw CommandFailure(
        .usage,
        "--policy \(text) reads chunks encoded \(wanted): leave out \(option), or choose another policy."
      )
    }
    return options
  }
}

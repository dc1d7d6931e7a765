internal import CommandLineSupport
internal import ParallelContext

/// Reads the textual form of a method.
@discardableResult
func namedMethod(_ text: String) throws(CommandFailure) -> NamedMethod {
  do throws(ContextError) {
    return try NamedMethod(parsing: text)
  } catch {
    throw CommandFailure(.badInput, error.message)
  }
}

/// Reads the method of a benchmark, which encodes chunks behind a sink alone.
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
  /// The options with what a method demands of the encoding.
  ///
  /// - Parameter text: The method as it was asked for; nil for the default, which demands nothing.
  /// - Returns: The options.
  /// - Throws: ``CommandFailure`` when workers cannot encode so, or when options ask for something else.
  func encoding(for text: String?) throws(CommandFailure) -> CuttingOptions {
    guard let text else { return self }
    let asked = try namedMethod(text)
    if let refusal = asked.method.encodingRefusal(name: text) { throw CommandFailure(.badInput, refusal) }
    guard let wanted = asked.method.demandedEncoding else { return self }
    var options = self
    if case .left(let count) = wanted.lead { options.left = count }
    if !wanted.hasSink { options.sink = "none" }
    let leftDiffers =
      left.map { $0 != options.left || wanted.lead != ($0 > 0 ? .left($0) : .nothing) } ?? false
    let sinkDiffers = sink.map { ($0 == "none") == wanted.hasSink } ?? false
    guard !leftDiffers, !sinkDiffers else {
      throw CommandFailure(
        .usage,
        "--policy \(text) reads chunks encoded \(wanted): leave out \(leftDiffers ? "--left" : "--sink"), or choose another policy."
      )
    }
    return options
  }
}

internal import ParallelContext

extension Reading {
  /// The reading half of a method's text.
  init(parsing text: String) throws(ContextError) {
    guard let reading = try Method(parsing: text).reading else {
      throw ContextError(.badMethod, "\(text) reads everything in one pass")
    }
    self = reading
  }
}

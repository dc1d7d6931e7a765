/// The place of a file among the parts of a split model, as its metadata have it.
struct SplitPlace: Hashable {
  /// The number of the part, from 1 on.
  let number: Int
  /// The number of all parts, at least 2.
  let count: Int
  /// The number of tensors in all parts; nil where the file does not tell.
  let tensorCount: Int?

  /// Reads the place of a file; nil for one that is a whole model.
  ///
  /// - Parameters:
  ///   - metadata: The metadata of the file.
  ///   - tensors: The number of tensors in it.
  /// - Throws: ``GGUFError`` for numbers that cannot be.
  init?(_ metadata: GGUFMetadata, tensors: Int) throws(GGUFError) {
    func number(_ key: String, _ range: ClosedRange<Int>, _ expected: String) throws(GGUFError) -> Int? {
      guard metadata[key] != nil else { return nil }
      guard let value = metadata.integer(key), range.contains(value) else {
        let error = metadata.missing(key, expected: expected)
        throw GGUFError(.malformed, error.message)
      }
      return value
    }
    let most = SplitName.mostParts
    let count = try number("split.count", 0...most, "a number of parts up to \(most)") ?? 0
    tensorCount = try number("split.tensors.count", 0...Int.max, "a number of tensors")
    guard count > 1 else {
      if let tensorCount, tensorCount > tensors {
        throw GGUFError(
          .malformed,
          "it has \(tensors) of the \(tensorCount) tensors that it declares, and does not tell in how many other "
            + "files of a split model the rest are (split.count)"
        )
      }
      return nil
    }
    guard let index = try number("split.no", 0...count - 1, "a number below split.count, which is \(count)")
    else {
      throw GGUFError(
        .malformed,
        "it is one of \(count) parts of a split model, and does not tell which (split.no)"
      )
    }
    self.number = index + 1
    self.count = count
  }
}

extension SplitPlace: CustomStringConvertible {
  /// The place in words: `part 1 of 3`.
  var description: String { "part \(number) of \(count)" }
}

/// The share of the chunks that a full scan chooses for questions which a faster scan chooses too.
///
/// The last chunk of a document is chosen whatever its score, and does not count.
package struct ScanRecall: Sendable, Hashable {
  /// The number of questions.
  package private(set) var questions = 0
  /// Chunks of the full scans.
  private var wanted = 0
  /// Those of them that were found.
  private var found = 0

  package init() {}

  /// Adds a question.
  ///
  /// - Parameters:
  ///   - found: The chunks that were chosen.
  ///   - wanted: Those of the full scan.
  ///   - chunks: The number of the document's chunks.
  package mutating func add(found: [Int], wanted: [Int], of chunks: Int) {
    let counted = Set(wanted).subtracting([chunks - 1])
    questions += 1
    self.wanted += counted.count
    self.found += counted.intersection(found).count
  }

  /// The share; nil where no full scan chose any.
  package var share: Double? { wanted == 0 ? nil : Double(found) / Double(wanted) }
}

/// The part of a document's sketches that a first pass reads.
package enum Scan: String, CaseIterable, Sendable, Hashable {
  /// The whole in short documents, and in long ones what ``ScanStages`` tells.
  case auto
  /// The whole: every chunk is ranked for every head and token.
  case full
}

/// The content of the summary that follows a chunk's KV cache. Rankings use it to choose chunks without
/// reading their keys. A part that was not sent is made where it is first needed.
package enum SummaryContent: String, Codable, Hashable, Sendable, CaseIterable {
  /// None.
  case none
  /// A sketch of every key, in a few bytes, for the rankings `sketch` and `mean`.
  case sketch
  /// The sketch, and the parts for all other rankings without keys, such as `moments` and `bounds`.
  case all
}

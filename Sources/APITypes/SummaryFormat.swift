/// Which summaries of their keys workers send with a document's chunks: what policies go by that choose chunks
/// without reading their keys. What did not come is made where it is first needed.
public enum SummaryFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// None.
  case none
  /// A sketch of every key, in a few bytes: what choices by `sketch` and by `mean` need.
  case sketch
  /// That, and what all other choices without keys need, as those by `moments` and `bounds`.
  case all
}

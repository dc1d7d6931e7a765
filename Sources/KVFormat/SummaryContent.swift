/// The content of the summary of a chunk's keys that follows its KV cache: what policies go by that choose chunks
/// without reading their keys. What did not come is made where it is first needed.
public enum SummaryContent: String, Codable, Hashable, Sendable, CaseIterable {
  /// None.
  case none
  /// A sketch of every key, in a few bytes: what choices by `sketch` and by `mean` need.
  case sketch
  /// That, and what all other choices without keys need, as those by `moments` and `bounds`.
  case all
}

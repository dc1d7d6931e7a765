/// The part of a chunk's keys that is kept beside them.
public enum SummaryContent: String, Sendable, Hashable, CaseIterable {
  /// Nothing.
  case none
  /// The slow channels of every key in four bits each: what ``Ranking/sketch`` asks for.
  case sketch
  /// That, the keys' covariance, and the range of each channel on each page.
  case all
}

package import KVFormat

/// How a query reads a merged context: one composable value.
public struct AttentionPolicy: Sendable, Hashable, CustomStringConvertible {
  /// Where the chunks appear to stand.
  public var placement: Placement
  /// How many tokens before the tail every chunk ends when it is offered a second time; nil for once. A row
  /// sees a chunk where it has more mass for it, that of the second place being damped: there a sharp match
  /// is found that a true distance hides.
  public var view: Int?
  /// Which layers look at chunks.
  public var layers: Layers
  /// Which heads look at chunks.
  public var heads: Heads
  /// Which chunks are attended.
  public var selection: Selection
  /// What becomes of the others.
  public var residue: Residue
  /// What the logits of chunks are divided by (APE, arXiv 2502.05431); 1 for none.
  public var temperature: Double
  /// The factor of the chunks' joint log-mass (APE); 1 for none.
  public var scale: Double
  /// The part of its own entropy that a far chunk loses of its log-mass; 0 for none.
  public var damping: Double
  /// How much of a page's range ``Selection/Measure/bounds`` takes into account: 1 bounds the largest
  /// logit from above as Quest does, 0 takes the middle of the range.
  public var slack: Double

  /// Makes a policy out of its parts.
  public init(
    placement: Placement = .automatic,
    view: Int? = nil,
    layers: Layers = .all,
    heads: Heads = .all,
    selection: Selection = .exact(count: 2),
    residue: Residue = .dropped,
    temperature: Double = 1,
    scale: Double = 1,
    damping: Double = 0,
    slack: Double = 1
  ) {
    self.placement = placement
    self.view = view
    self.layers = layers
    self.heads = heads
    self.selection = selection
    self.residue = residue
    self.temperature = temperature
    self.scale = scale
    self.damping = damping
    self.slack = slack
  }

  /// The form that ``init(parsing:)`` reads. What has its plainest value here and in
  /// ``best``, where the reader begins, is left out.
  public var description: String {
    var parts = ["placement=\(placement)", "select=\(selection)", "damp=\(damping)"]
    let start = Self.best
    if view != nil || start.view != nil { parts.append("view=\(view.map(String.init) ?? "none")") }
    if layers != .all || start.layers != .all { parts.append("layers=\(layers)") }
    if heads != .all || start.heads != .all { parts.append("heads=\(heads)") }
    if residue != .dropped || start.residue != .dropped { parts.append("residue=\(residue)") }
    if [temperature, scale, start.temperature, start.scale].contains(where: { $0 != 1 }) {
      parts.append("temperature=\(temperature),scale=\(scale)")
    }
    if slack != 1 || start.slack != 1 { parts.append("slack=\(slack)") }
    return parts.joined(separator: ",")
  }

  /// Which summaries of chunks are used.
  package var summaries: SummaryContent {
    if case .adaptive = heads { return .all }
    let measures = selection.rule?.measures ?? []
    if measures.contains(.moments) || measures.contains(.bounds) { return .all }
    return measures.contains(.mean) || measures.contains(.sketch) ? .sketch : .none
  }
}

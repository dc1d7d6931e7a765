/// A reading in the form of its text: parts by name, some of which act only beside others.
///
/// The text is older than the types. A name may be followed by any part, such as `best,reduce=none`, where
/// the aim and the passage of `best` have no effect. They are kept while a text is read, for a later part may
/// need them, and are left out of the finished reading.
struct ReadingText {
  /// The words of `reduce`.
  enum Reduction: String, CaseIterable {
    case none
    case headAndToken = "head+token"
    case twoPass = "two-pass"
    case focus
    case settled
    case auto
  }

  /// The words for rankings.
  enum Measure: String, CaseIterable {
    case exact, lse, sketch, moments, mean, bounds

    init(_ ranking: Ranking) {
      self =
        switch ranking {
        case .topFive: .exact
        case .logMass: .lse
        case .sketch: .sketch
        case .moments: .moments
        case .mean: .mean
        case .quest: .bounds
        }
    }

    func ranking(slack: Double) -> Ranking {
      switch self {
      case .exact: .topFive
      case .lse: .logMass
      case .sketch: .sketch
      case .moments: .moments
      case .mean: .mean
      case .bounds: .quest(slack: slack)
      }
    }
  }

  /// Everything but the selection, which the fields below describe.
  var reading: Reading
  /// False for `select=none`: every chunk is attended.
  var selects = true
  var measure = Measure.exact
  var count = 2
  var leastTokens = 0
  var reduction = Reduction.none
  /// The ranking of `aim`; nil for that of `select`.
  var aim: Measure?
  var scan = Scan.auto
  var passageTokens: Int?
  var slack = 1.0

  /// Divides a reading into its parts.
  init(_ reading: Reading) {
    self.reading = reading
    for case .quest(let slack) in reading.selection.rankings { self.slack = slack }
    if let count = reading.selection.count { (self.count, leastTokens) = (count.chunks, count.leastTokens) }
    switch reading.selection {
    case .all: selects = false
    case .perRow(let ranking, _): (measure, reduction) = (Measure(ranking), .none)
    case .perLayer(let ranking, _): (measure, reduction) = (Measure(ranking), .headAndToken)
    case .perQuestion(let ranking, _): (measure, reduction) = (Measure(ranking), .twoPass)
    case .focus(let focus):
      (scan, passageTokens) = (focus.scan, focus.passageTokens)
      switch focus.otherwise {
      case .perRow(let ranking, _):
        (measure, reduction) = (Measure(ranking), focus.beyond == nil ? .focus : .auto)
        aim = focus.aim == ranking ? nil : Measure(focus.aim)
      case .perQuestion: (measure, reduction) = (Measure(focus.aim), .settled)
      }
    }
  }

  /// The reading that the parts yield.
  var finished: Reading {
    var result = reading
    result.selection = selection
    return result
  }

  private var selection: Selection {
    guard selects else { return .all }
    let ranking = measure.ranking(slack: slack)
    let count = ChunkCount(count, leastTokens: leastTokens)
    func focus(_ fallback: Focus.Fallback, beyond: ChunkCount? = nil) -> Selection {
      .focus(
        Focus(
          aim: aim?.ranking(slack: slack) ?? ranking,
          passageTokens: passageTokens,
          otherwise: fallback,
          beyond: beyond,
          scan: scan
        )
      )
    }
    switch reduction {
    case .none: return .perRow(ranking, count: count)
    case .headAndToken: return .perLayer(ranking, count: count)
    case .twoPass: return .perQuestion(ranking, count: count)
    case .focus: return focus(.perRow(ranking, count: count))
    case .settled: return focus(.perQuestion(count: count))
    case .auto:
      // One choice serves all heads and tokens, so it has as many chunks as `fast` at least.
      let beyond = ChunkCount(
        max(count.chunks, ChunkCount.ofQuestion.chunks),
        leastTokens: max(count.leastTokens, ChunkCount.ofQuestion.leastTokens)
      )
      return focus(.perRow(ranking, count: count), beyond: beyond)
    }
  }
}

extension Reading: CustomStringConvertible {
  /// The form that ``Method/init(parsing:)`` reads. A part is left out if its value is the neutral one both
  /// here and in ``best``, from which parsing starts.
  package var description: String {
    var parts = ["placement=\(placement)", "select=\(selection)", "damp=\(damping)"]
    let start = Self.best
    if view != nil || start.view != nil { parts.append("view=\(view.map(String.init) ?? "none")") }
    if layers != .all || start.layers != .all { parts.append("layers=\(layers)") }
    if heads != .all || start.heads != .all { parts.append("heads=\(heads)") }
    if residue != .dropped || start.residue != .dropped { parts.append("residue=\(residue)") }
    if [temperature, scale, start.temperature, start.scale].contains(where: { $0 != 1 }) {
      parts.append("temperature=\(temperature),scale=\(scale)")
    }
    return parts.joined(separator: ",")
  }
}

extension Selection: CustomStringConvertible {
  /// The form on the command line.
  package var description: String {
    guard self != .all else { return "none" }
    let text = ReadingText(Reading(selection: self))
    var parts = ["\(text.measure.rawValue):\(text.count)", "reduce=\(text.reduction.rawValue)"]
    if text.leastTokens > 0 { parts.append("least=\(text.leastTokens)") }
    if case .focus = self {
      parts.append("aim=\(text.aim?.rawValue ?? "select")")
      if text.scan != .auto { parts.append("scan=\(text.scan.rawValue)") }
      parts.append("passage=\(text.passageTokens.map(String.init) ?? "none")")
    }
    if text.slack != 1 { parts.append("slack=\(text.slack)") }
    return parts.joined(separator: ",")
  }
}

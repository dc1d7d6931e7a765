package import ParallelContext

/// A way to read a context that is put to the test, by its name on the command line.
package struct EvaluatedPolicy: Sendable, Hashable {
  /// How the context is read.
  package enum Reading: Sendable, Hashable {
    /// The whole text in one causal pass: the baseline.
    case fullAttention
    /// Chunks encoded each on its own and merged.
    case merged(AttentionPolicy, Preparation)
  }

  /// How chunks are encoded.
  package struct Preparation: Sendable, Hashable {
    /// Whether a sink stands before them.
    package var hasSink = true
    /// What else does.
    package var lead = Lead.none
    /// How many tokens of each chunk are computed once more against everything before (LegoLink, arXiv
    /// 2410.15332).
    package var link = 0
  }

  /// The name or the text that was given.
  package var name: String
  /// What it stands for.
  package var reading: Reading

  /// How chunks are encoded.
  package var preparation: Preparation {
    if case .merged(_, let preparation) = reading { return preparation }
    return Preparation()
  }

  /// The name of one causal pass over everything.
  package static let fullAttention = "full-attention"

  /// Reads a preset's name, `full-attention`, `naive`, or the parts of a policy, with `left=`, `anchor=`,
  /// `link=` or `sink=none` among them for how chunks are encoded.
  ///
  /// `naive` is the layout without a sink and without selection that arXiv 2412.16545 starts from; `star` has
  /// an anchor as long as a chunk unless another is given.
  ///
  /// - Throws: `ContextError` that names the bad part and what is allowed.
  package init(parsing text: String) throws(ContextError) {
    do {
      try self.init(reading: text)
    } catch {
      throw ContextError(
        "\(error.message); allowed here too are \(Self.fullAttention), naive, and the parts left=TOKENS, "
          + "anchor=TOKENS, link=TOKENS, sink=none"
      )
    }
  }

  /// Reads a list of policies.
  ///
  /// A semicolon ends a policy. So does a comma before a name, as in `paper,best,left=256`; before anything else the
  /// policy goes on, here `best`.
  ///
  /// - Parameter text: The list.
  /// - Returns: The policies in the order given; none for an empty list.
  /// - Throws: What ``init(parsing:)`` throws.
  package static func list(parsing text: String) throws(ContextError) -> [EvaluatedPolicy] {
    let names = Set(AttentionPolicy.presets.map(\.name) + [fullAttention, "naive"])
    var policies: [EvaluatedPolicy] = []
    for list in text.split(separator: ";") {
      var parts: [String] = []
      for piece in list.split(separator: ",") {
        if let last = parts.last, !names.contains(String(piece)) {
          parts[parts.count - 1] = "\(last),\(piece)"
        } else {
          parts.append(String(piece))
        }
      }
      for part in parts { policies.append(try EvaluatedPolicy(parsing: part)) }
    }
    return policies
  }

  private init(reading text: String) throws(ContextError) {
    name = text
    if text == Self.fullAttention {
      reading = .fullAttention
      return
    }
    var preparation = Preparation()
    var rest: [Substring] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      if try !preparation.read(piece) { rest.append(piece) }
    }
    if rest.first == "naive" {
      preparation.hasSink = false
      rest[0] = "sink"
    } else if rest.first == "star", preparation.lead == .none {
      preparation.lead = .anchor(nil)
    }
    if preparation.link > 0 {
      guard preparation.lead == .none else {
        throw ContextError("policy: \(text) has a link and a lead; choose one of them")
      }
      preparation.lead = .anchor(0)
    }
    let policy =
      rest.isEmpty ? AttentionPolicy.best : try AttentionPolicy(parsing: rest.joined(separator: ","))
    reading = .merged(policy, preparation)
  }
}

extension EvaluatedPolicy.Preparation {
  /// Takes a part that is about encoding; false for any other.
  fileprivate mutating func read(_ piece: Substring) throws(ContextError) -> Bool {
    let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2, ["left", "anchor", "link", "sink"].contains(pair[0]) else { return false }
    if pair[0] == "sink" {
      guard pair[1] == "none" else {
        throw ContextError("policy: \(piece) is not known; allowed is sink=none")
      }
      hasSink = false
      return true
    }
    guard let count = Int(pair[1]), (0...1 << 16).contains(count) else {
      throw ContextError("policy: \(piece) is not possible; allowed are numbers from 0 to 65536")
    }
    switch pair[0] {
    case "left": lead = count == 0 ? .none : .left(count)
    case "anchor": lead = .anchor(count)
    default: link = count
    }
    return true
  }
}

/// A way to encode a document and to read it.
///
/// Every method of the literature that Braid knows has a file of its own in this folder, with the paper's
/// formula, the names of its terms in this program, and the differences of the two.
package enum Method: Sendable, Hashable {
  /// Everything in one causal pass, as the model was trained; see ``fullAttention``.
  case causal
  /// Chunks encoded side by side, merged, and read selectively.
  ///
  /// - Parameters:
  ///   - encoding: The encoding half; nil for a reading that suits chunks however they were encoded.
  ///   - reading: The reading half.
  case parallel(encoding: ChunkEncoding?, reading: Reading)

  /// A method that reads chunks however they were encoded.
  init(_ reading: Reading) { self = .parallel(encoding: nil, reading: reading) }

  /// A method with both halves.
  init(_ encoding: ChunkEncoding, _ reading: Reading) {
    self = .parallel(encoding: encoding, reading: reading)
  }

  /// The encoding that it demands; nil if it reads chunks however they were encoded.
  package var demandedEncoding: ChunkEncoding? {
    if case .parallel(let encoding, _) = self { return encoding }
    return nil
  }

  /// The reading half; nil for one causal pass.
  package var reading: Reading? {
    if case .parallel(_, let reading) = self { return reading }
    return nil
  }

  /// The encoding of a document for this method alone.
  package var encoding: ChunkEncoding { demandedEncoding ?? .plain }

  /// The named methods, the default first. The first name of each is its own, the others are older ones.
  package static let all: [(names: [String], method: Method)] = [
    (["best"], .best), (["fast"], .fast), (["attention-entropy", "paper"], .attentionEntropy),
    (["shared-sink", "sink"], .sharedSink), (["naive"], .naive), (["full-attention"], .fullAttention),
    (["ape"], .ape), (["star"], .star), (["zebra"], .zebra), (["adaptive-heads"], .adaptiveHeads),
    (["dga"], .dynamicGroups), (["lego-link"], .legoLink),
  ]

  /// The method of a name; nil for none.
  package static func named(_ name: String) -> Method? {
    all.first { $0.names.contains(name) }?.method
  }

  /// Every name, in the order of ``all``.
  static var names: String { all.flatMap(\.names).joined(separator: ", ") }
}

extension Method {
  /// The reason why a document that was encoded in some way cannot be read by this method; nil where it can.
  ///
  /// - Parameters:
  ///   - encoded: The encoding of the document.
  ///   - name: The method as it was asked for.
  /// - Returns: One sentence that says how to encode the document for it.
  package func refusal(ofDocument encoded: ChunkEncoding, name: String) -> String? {
    guard let wanted = demandedEncoding,
      wanted.hasSink != encoded.hasSink || wanted.lead != encoded.lead
    else { return nil }
    let sentence =
      "\(name) reads chunks encoded \(wanted), and this document's were encoded \(encoded): "
    let words = ["braid", "encode"] + wanted.options + ["DOCUMENT"]
    return sentence + "encode it for this method with `\(words.joined(separator: " "))`"
  }
}

extension Method {
  /// Reads a method's name or a list of parts, such as
  /// `placement=capped:4096,1024,select=exact:2,reduce=head+token`; a name may come first and parts after it.
  ///
  /// Parts that are not named keep the value that they have in the method, or in ``best``. `left=`,
  /// `anchor=`, `link=` and `sink=none` are about the encoding half; a text without them reads chunks as the
  /// named method has them, or else however they were encoded.
  ///
  /// - Throws: ``ContextError`` that names the bad part and what is allowed.
  package init(parsing text: String) throws(ContextError) {
    var pieces = text.split(separator: ",", omittingEmptySubsequences: false)
    var method = Method.best
    if let first = pieces.first, let named = Method.named(String(first)) {
      method = named
      pieces.removeFirst()
    } else if let first = pieces.first, !first.contains("=") {
      throw ContextError(.badMethod, "policy: \(first) is neither a method (\(Method.names)) nor key=value")
    }
    guard case .parallel(let demanded, let reading) = method else {
      guard pieces.isEmpty else {
        throw ContextError(
          .badMethod,
          "policy: \(text) has parts, but one causal pass over everything has none to change"
        )
      }
      self = method
      return
    }
    var encoding = EncodingParser(demanded: demanded)
    var parser = ReadingParser(text: ReadingText(reading))
    for (key, value) in try Self.parts(pieces) {
      if try !encoding.read(key, value) { try parser.read(key, value) }
    }
    self = .parallel(encoding: encoding.finished, reading: parser.text.finished)
  }

  /// Splits pieces into keys and values. A piece without "=" continues the value before it, as in
  /// `capped:4096,1024`.
  private static func parts(_ pieces: [Substring]) throws(ContextError) -> [(String, String)] {
    var result: [(String, String)] = []
    for piece in pieces {
      if let equals = piece.firstIndex(of: "=") {
        result.append((String(piece[..<equals]), String(piece[piece.index(after: equals)...])))
      } else if let last = result.popLast() {
        result.append((last.0, last.1 + "," + piece))
      } else {
        throw ContextError(.badMethod, "policy: \(piece) is neither a method (\(names)) nor key=value")
      }
    }
    return result
  }
}

extension Method: CustomStringConvertible {
  /// The form that ``init(parsing:)`` reads.
  package var description: String {
    guard case .parallel(let encoding, let reading) = self else { return "full-attention" }
    guard let encoding else { return "\(reading)" }
    let parts = encoding.parts
    return (["\(reading)"] + (parts.isEmpty ? ["left=0"] : parts)).joined(separator: ",")
  }
}

/// Reads the parts of a method's text that are about its encoding half.
struct EncodingParser {
  static let keys = ["left", "anchor", "link", "sink"]

  private var encoding: ChunkEncoding
  private var isDemanded: Bool
  /// The key that set what a chunk sees; a second key would contradict it.
  private var said: String?

  init(demanded: ChunkEncoding?) {
    encoding = demanded ?? .plain
    isDemanded = demanded != nil
  }

  /// The encoding; nil if no part named one.
  var finished: ChunkEncoding? { isDemanded ? encoding : nil }

  /// Reads a part; returns false if it is not about the encoding half.
  mutating func read(_ key: String, _ value: String) throws(ContextError) -> Bool {
    guard Self.keys.contains(key) else { return false }
    isDemanded = true
    if key == "sink" {
      guard value == "none" else {
        throw ContextError(.badMethod, "policy: sink=\(value) is not known; allowed is sink=none")
      }
      encoding.hasSink = false
      return true
    }
    if let said, said != key {
      throw ContextError(.badMethod, "policy: \(said)= and \(key)= cannot be combined; choose one of them")
    }
    said = key
    encoding.sight = try Self.sight(key, value)
    return true
  }

  private static func sight(_ key: String, _ value: String) throws(ContextError) -> ChunkEncoding.Sight {
    if key == "anchor", value == "chunk" { return .anchor(nil) }
    guard let count = Int(value), (0...1 << 16).contains(count) else {
      throw ContextError(
        .badMethod,
        "policy: \(key)=\(value) is not possible; allowed are numbers from 0 to 65536"
      )
    }
    switch key {
    case "anchor": return .anchor(count)
    case "left": return count == 0 ? .alone : .left(count)
    default: return count == 0 ? .alone : .linked(count)
    }
  }
}

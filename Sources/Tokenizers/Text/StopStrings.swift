/// Looks for strings that end an answer while its text comes in pieces, and holds back what may be the
/// beginning of one.
///
/// The first string to be complete ends the text, the longest of those that end together, however the text is
/// cut into pieces. Strings are compared byte by byte in UTF-8, without normalisation.
public struct StopStrings: Sendable {
  /// One string, by the automaton of Knuth, Morris and Pratt (1977).
  private struct Pattern {
    let bytes: [UInt8]
    /// For each length of a beginning, the length of the longest shorter beginning that it ends with.
    let borders: [Int]
    /// How much of the string the text ends with.
    var matched = 0

    init(_ text: String) {
      bytes = Array(text.utf8)
      var borders = [0, 0]
      borders.reserveCapacity(bytes.count + 1)
      var length = 0
      for byte in bytes.dropFirst() {
        while length > 0, bytes[length] != byte { length = borders[length] }
        if bytes[length] == byte { length += 1 }
        borders.append(length)
      }
      self.borders = borders
    }

    /// Takes the next byte of the text; true when the string is complete with it.
    mutating func take(_ byte: UInt8) -> Bool {
      while matched > 0, bytes[matched] != byte { matched = borders[matched] }
      if bytes[matched] == byte { matched += 1 }
      return matched == bytes.count
    }
  }

  private var patterns: [Pattern]
  /// Text that is not shown yet.
  private var held: [UInt8] = []
  /// Whether one of the strings was found: the text is at its end.
  public private(set) var isComplete = false

  /// Makes a matcher.
  ///
  /// - Parameter strings: The strings that end a text; empty ones are passed over.
  public init(_ strings: [String]) {
    patterns = strings.filter { !$0.isEmpty }.map(Pattern.init)
  }

  /// Takes the next piece of the text.
  ///
  /// - Parameter text: The piece.
  /// - Returns: Text that is certain to stand before any of the strings; nothing once one was found.
  public mutating func append(_ text: String) -> String {
    guard !isComplete else { return "" }
    guard !patterns.isEmpty else { return text }
    for byte in text.utf8 {
      held.append(byte)
      var length = 0
      for index in patterns.indices where patterns[index].take(byte) {
        length = max(length, patterns[index].bytes.count)
      }
      guard length == 0 else {
        isComplete = true
        return release(held.count - length, keepingRest: false)
      }
    }
    return release(held.count - (patterns.map(\.matched).max() ?? 0), keepingRest: true)
  }

  /// Ends the text.
  ///
  /// - Returns: What was held back and is no stop string after all.
  public mutating func finish() -> String {
    defer { isComplete = true }
    return isComplete ? "" : release(held.count, keepingRest: false)
  }

  /// A string begins at a character's first byte, so that what is released are whole characters.
  private mutating func release(_ count: Int, keepingRest: Bool) -> String {
    let text = String(decoding: held[..<count], as: UTF8.self)
    held.removeSubrange(..<(keepingRest ? count : held.count))
    return text
  }
}

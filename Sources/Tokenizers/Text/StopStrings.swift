/// A search for strings that end an answer, in text that comes in pieces. Text that may be the beginning of
/// such a string is held back.
///
/// The string that is complete first ends the text; of several that end together it is the longest. How the
/// text is cut into pieces makes no difference. Strings are compared byte by byte in UTF-8, without
/// normalisation.
package struct StopStrings: Sendable {
  /// One string, by the automaton of Knuth, Morris and Pratt (1977).
  private struct Pattern {
    let bytes: [UInt8]
    /// For each length of a prefix, the length of the longest shorter prefix that is also its suffix.
    let borders: [Int]
    /// The length of the longest prefix of the string with which the text so far ends.
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

    /// Reads the next byte of the text; returns true when it completes the string.
    mutating func take(_ byte: UInt8) -> Bool {
      while matched > 0, bytes[matched] != byte { matched = borders[matched] }
      if bytes[matched] == byte { matched += 1 }
      return matched == bytes.count
    }
  }

  private var patterns: [Pattern]
  /// Text that is held back.
  private var held: [UInt8] = []
  /// True once one of the strings was found or the text was ended.
  package private(set) var isComplete = false

  /// Makes a matcher.
  ///
  /// - Parameter strings: The strings that end a text; empty ones are ignored.
  package init(_ strings: [String]) {
    patterns = strings.filter { !$0.isEmpty }.map(Pattern.init)
  }

  /// Reads the next piece of the text.
  ///
  /// - Parameter text: The piece.
  /// - Returns: The text that certainly stands before any of the strings; empty once one was found.
  package mutating func append(_ text: String) -> String {
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
  /// - Returns: The text that was held back and is no stop string after all.
  package mutating func finish() -> String {
    defer { isComplete = true }
    return isComplete ? "" : release(held.count, keepingRest: false)
  }

  /// Releases the first bytes that were held back. A stop string begins at a character's first byte, so these
  /// are whole characters.
  private mutating func release(_ count: Int, keepingRest: Bool) -> String {
    let text = String(decoding: held[..<count], as: UTF8.self)
    held.removeSubrange(..<(keepingRest ? count : held.count))
    return text
  }
}

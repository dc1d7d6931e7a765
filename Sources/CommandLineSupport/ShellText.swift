internal import SystemText

/// Command lines in the form that a shell reads.
package enum ShellText {
  /// Joins the words of a command line.
  ///
  /// - Parameter words: The command and its arguments.
  /// - Returns: The words with spaces between them, quoted if necessary.
  package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    let shown = SystemText.shown(word)
    if shown != word {
      // Only bash has a form for bytes that are not UTF-8.
      let backslashes = word.split(separator: "\\", omittingEmptySubsequences: false).joined(
        separator: "\\\\"
      )
      let quotes = backslashes.split(separator: "'", omittingEmptySubsequences: false).joined(
        separator: "\\'"
      )
      return "$'\(SystemText.shown(quotes))'"
    }
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./,:=+@%".utf8.contains(byte)
      }
    }
    let escaped = word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    return isPlain && !word.isEmpty ? word : "'\(escaped)'"
  }
}

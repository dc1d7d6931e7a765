internal import Glibc

extension SystemText {
  /// The arguments of this process, without its own name.
  package static func arguments() -> [String] {
    let count = Int(CommandLine.argc)
    guard count > 1 else { return [] }
    return (1..<count).compactMap { CommandLine.unsafeArgv[$0].map { text(string: $0) } }
  }

  /// The environment of this process.
  package static func environment() -> [String: String] {
    var values: [String: String] = [:]
    var entry = environ
    while let characters = entry.pointee {
      let pair = text(string: characters).split(
        separator: "=",
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return values
  }

  /// The text that stands for the bytes of a C string.
  ///
  /// - Parameter characters: Bytes up to a zero.
  /// - Returns: Their text.
  package static func text(string characters: UnsafePointer<CChar>) -> String {
    text(UnsafeRawBufferPointer(start: characters, count: strlen(characters)))
  }
}

internal import Subprocess
internal import SystemText

extension Arguments {
  /// Makes the arguments of another process of this program.
  ///
  /// - Parameter flags: The arguments behind the program's name.
  init(ofBraid flags: [String]) {
    self.init(
      executablePathOverride: Self.terminated("braid"),
      remainingValues: flags.map { Self.terminated($0) }
    )
  }

  /// Makes the arguments of another program, as bytes, so that paths which are not UTF-8 arrive unchanged.
  ///
  /// - Parameter texts: The arguments behind the program's name.
  init(systemTexts texts: [String]) { self.init(texts.map { Self.terminated($0) }) }

  private static func terminated(_ text: String) -> [UInt8] { SystemText.bytes(text) + [0] }
}

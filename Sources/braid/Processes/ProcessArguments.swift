internal import Subprocess
internal import SystemText

extension Arguments {
  /// The arguments of another process of this program.
  ///
  /// - Parameter flags: What stands behind its name.
  init(ofBraid flags: [String]) {
    self.init(
      executablePathOverride: Self.terminated("braid"),
      remainingValues: flags.map { Self.terminated($0) }
    )
  }

  /// The arguments of another program, as bytes, so that paths which are no UTF-8 arrive as they are.
  ///
  /// - Parameter texts: What stands behind its name.
  init(systemTexts texts: [String]) { self.init(texts.map { Self.terminated($0) }) }

  private static func terminated(_ text: String) -> [UInt8] { SystemText.bytes(text) + [0] }
}

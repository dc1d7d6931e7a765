internal import CommandLineSupport
internal import Glibc
internal import SystemText
internal import Testing

@Suite("Results that cannot be written, and names that are no text")
struct OutputFailureTests {
  @Test("The system's words are passed on; a reader that has gone is named as before")
  func words() {
    let full = CommandFailure.output(code: ENOSPC)
    #expect(full.line == "braid: Cannot write to standard output: No space left on device.")
    #expect(full.code == .failed)
    #expect(CommandFailure.output(code: EIO).line.contains("Input/output error"))
    #expect(CommandFailure.output(code: EPIPE).line == "braid: Standard output was closed.")
  }

  @Test("A sentence shows the bytes of a name that is no UTF-8")
  func name() {
    let name = SystemText.text([0x62, 0xE4, 0x72])
    #expect(CommandFailure(.badInput, "Cannot read \(name).").line == "braid: Cannot read b\\xe4r.")
  }

  @Test("A command line gives such a name as bash takes it")
  func shell() {
    let name = SystemText.text([0x62, 0xE4, 0x27, 0x5C])
    #expect(ShellText.line(["braid", name]) == #"braid $'b\xe4\'\\'"#)
  }

  @Test("A list of processors that names many twice is refused")
  func processors() {
    #expect(
      LanePinning.processors(parsing: Array(repeating: "0-4095", count: 2000).joined(separator: ",")) == nil
    )
    #expect(LanePinning.processors(parsing: "0-4095")?.count == 4096)
  }
}

internal import Addresses
internal import GGUF
internal import Runtime
internal import TestSupport
internal import Testing
internal import Transformer

@Suite struct CoordinatorConfigurationTests {
  @Test func asManyQuestionsAreAnsweredTogetherAsMemoryAllows() throws {
    let model = try ModelConfiguration(GGUFFile(path: TestFiles.model()))
    func together(_ bytes: Int) throws -> Int {
      let listen = try CoordinatorAddress(parsing: "tcp://127.0.0.1:0")
      return CoordinatorConfiguration(listen: listen, threads: 1, documentBytes: bytes)
        .questionsTogether(by: model)
    }
    // 512 tokens of 23,040 bytes, and twice the logits of 49,152 tokens.
    let answer = 512 * 23040 + 2 * 49152 * 4
    #expect(try together(0) == 1)
    #expect(try together(4 * (5 * answer)) == 5)
    #expect(try together(4 * (5 * answer) - 1) == 4)
    #expect(try together(1 << 40) == 16)
  }
}

internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("Facts about a model file")
struct ModelInfoTests {
  @Test("Parameters are summed up, as far as a number goes")
  func parameters() {
    #expect(ModelInfo.parameters([]) == 0)
    #expect(ModelInfo.parameters([28_311_552, 576, 331_776]) == 28_643_904)
    #expect(ModelInfo.parameters([.max, 1]) == .max)
    #expect(ModelInfo.parameters([.max, 1, 1]) == .max)
  }

  @Test("A file that is not there is bad input, and named")
  func missing() {
    let failure = #expect(throws: CommandFailure.self) { try ModelInfo(path: "/nonexistent/model.gguf") }
    #expect(failure?.code == .badInput)
    #expect(failure?.message.contains("/nonexistent/model.gguf") == true)
  }
}

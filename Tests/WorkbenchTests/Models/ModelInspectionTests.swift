internal import CommandLineSupport
internal import Machine
internal import Testing
internal import Workbench

@Suite("Facts about a model file")
struct ModelInspectionTests {
  @Test("Parameters are summed up, as far as a number goes")
  func parameters() {
    #expect(ModelInfo.parameters([]) == 0)
    #expect(ModelInfo.parameters([28_311_552, 576, 331_776]) == 28_643_904)
    #expect(ModelInfo.parameters([.max, 1]) == .max)
    #expect(ModelInfo.parameters([.max, 1, 1]) == .max)
  }

  @Test("A file that is not there is bad input, and named")
  func missing() {
    let memory = MemoryAllowance([.init(.machine, bytes: 1 << 30, taken: 0)])
    let failure = #expect(throws: CommandFailure.self) {
      try ModelInspection(path: "/nonexistent/model.gguf", withDigest: false, memory: memory)
    }
    #expect(failure?.code == .badInput)
    #expect(failure?.message.contains("/nonexistent/model.gguf") == true)
  }

  @Test("A file that is not there is a row of a list, with the reason")
  func row() {
    let rows = ModelFolder(path: "/nonexistent", files: ["model.gguf"]).rows(usual: "/nonexistent/model.gguf")
    #expect(rows.count == 1)
    #expect(rows.first?.name == "model")
    #expect(rows.first?.runs == false)
    #expect(rows.first?.isDefault == true)
    #expect(rows.first?.fileBytes == nil)
    #expect(rows.first?.reason?.contains("No such file") == true)
  }
}

internal import Machine
internal import Testing
internal import Workbench

@Suite("The parts of an evaluation")
struct EvaluationPartsTests {
  @Test(
    "A quarter of the memory that is left remembers KV caches, at most 6 GiB",
    arguments: [(0, 0), (1 << 30, 1 << 28), (24 << 30, 6 << 30), (100 << 30, 6 << 30)]
  )
  func cacheBytes(left: Int, bytes: Int) {
    let memory = MemoryAllowance([.init(.machine, bytes: left, taken: 0)])
    #expect(EvaluationParts.cacheBytes(of: memory) == bytes)
  }
}

internal import GGUF
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Transformer

@Suite("Sinks of workers and of the coordinator", .serialized)
struct SinkTests {
  private static let tokens = (0..<27).map { Int32(300 + $0 * 7) }

  private func sink(_ model: Model, capacity: Int, threads: Int, of count: Int) throws -> [UInt8] {
    // What another encoder of this thread does before leaves nothing behind.
    _ = try ChunkEncoder(model: model, kvType: .bf16, tokens: 64, threads: threads).encodeSink(Self.tokens)
    let encoder = try ChunkEncoder(model: model, kvType: .bf16, tokens: capacity)
    let cache = try #require(try encoder.encodeSink(Array(Self.tokens.prefix(count))))
    return Array(cache.storage.bytes[..<cache.shape.byteCount])
  }

  @Test("A sink is the same to the bit, whatever room its encoder has and whatever threads there were")
  func equal() throws {
    let model = try Model(file: GGUFFile(path: TestFiles.model()), compute: .f32, withHead: false, threads: 2)
    for count in [1, 3, 27] {
      let worker = try sink(model, capacity: 2048, threads: 1, of: count)
      #expect(try sink(model, capacity: count, threads: 1, of: count) == worker, "\(count) tokens")
      #expect(try sink(model, capacity: count, threads: 2, of: count) == worker, "\(count) tokens")
    }
  }

  @Test("A difference is told once for each worker, and what to do about it")
  func told() {
    var comparison = SinkComparison()
    let own = SinkComparison.Reference(digest: 1, compute: "f32", encoder: .coordinator)
    let first = comparison.message(worker: "w1", compute: "bf16", reference: own)
    #expect(first?.contains("bf16") == true && first?.contains("--compute") == true)
    #expect(comparison.message(worker: "w1", compute: "bf16", reference: own) == nil)
    let worker = SinkComparison.Reference(digest: 1, compute: "f32", encoder: .worker)
    let second = comparison.message(worker: "w2", compute: "f32", reference: worker)
    #expect(second?.contains("ONEDNN_MAX_CPU_ISA") == true && second?.contains("another worker") == true)
    for worker in 3..<3000 { _ = comparison.message(worker: "w\(worker)", compute: "a", reference: own) }
    #expect(comparison.message(worker: "another", compute: "a", reference: own) == nil)
  }
}

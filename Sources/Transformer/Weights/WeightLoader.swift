internal import Dispatch
internal import GGUF
internal import KVFormat
internal import Memory
internal import Synchronization

/// Reads tensors by name, checks their shapes and packs them, several layers at a time.
struct WeightLoader: Sendable {
  let file: GGUFFile
  let configuration: ModelConfiguration
  let compute: Precision
  private let memory = WeightMemory()

  init(file: GGUFFile, configuration: ModelConfiguration, compute: Precision) {
    self.file = file
    self.configuration = configuration
    self.compute = compute
  }

  /// The tensor of a name, checked to have the given dimensions.
  static func tensor(_ file: GGUFFile, _ name: String, _ dimensions: [Int]) throws(ModelError) -> GGUFTensor {
    guard let tensor = file.tensor(named: name) else {
      throw ModelError(.malformed, "the model file has no tensor \(name)")
    }
    guard tensor.dimensions == dimensions else {
      throw ModelError(
        .malformed,
        "tensor \(name) has dimensions \(tensor.dimensions), where the model's numbers ask for \(dimensions)"
      )
    }
    return tensor
  }

  /// The values of a one-dimensional tensor.
  static func vector(_ file: GGUFFile, _ name: String, _ count: Int) throws(ModelError) -> [Float] {
    let tensor = try tensor(file, name, [count])
    var values = [Float](repeating: 0, count: count)
    var failure: ModelError?
    values.withUnsafeMutableBufferPointer { buffer in failure = dequantise(tensor, into: buffer) }
    if let failure { throw failure }
    return values
  }

  private func vector(_ name: String, _ count: Int) throws(ModelError) -> [Float] {
    try Self.vector(file, name, count)
  }

  private static func dequantise(
    _ tensor: GGUFTensor,
    into buffer: UnsafeMutableBufferPointer<Float>
  ) -> ModelError? {
    do {
      try tensor.dequantise(into: buffer, rows: 0..<buffer.count / max(1, tensor.dimensions[0]))
      return nil
    } catch {
      return ModelError(.malformed, error.message, cause: error)
    }
  }

  /// Packs several tensors with equal rows as one layer, their outputs side by side.
  private func linear(
    _ parts: [(String, Int)],
    inputs: Int,
    element: ElementType? = nil,
    scratch: AlignedBuffer
  ) throws(ModelError) -> LinearLayer {
    let all = scratch.elements(of: Float.self)
    var done = 0
    for (name, outputs) in parts {
      let tensor = try Self.tensor(file, name, [inputs, outputs])
      let count = inputs * outputs
      if let failure = Self.dequantise(tensor, into: .init(rebasing: all[done..<done + count])) {
        throw failure
      }
      done += count
    }
    let start = scratch.base.assumingMemoryBound(to: Float.self)
    return try LinearLayer(
      rows: start,
      inputs: inputs,
      outputs: done / inputs,
      element: element ?? compute.weights,
      memory: memory
    )
  }

  private func block(_ index: Int, scratch: AlignedBuffer) throws(ModelError) -> DecoderBlock {
    let c = configuration
    let prefix = "blk.\(index)."
    var bias: [Float] = []
    if file.tensor(named: prefix + "attn_q.bias") != nil {
      bias = try vector(prefix + "attn_q.bias", c.queryWidth)
      bias += try vector(prefix + "attn_k.bias", c.kvWidth)
      bias += try vector(prefix + "attn_v.bias", c.kvWidth)
    }
    return DecoderBlock(
      attentionNorm: try vector(prefix + "attn_norm.weight", c.embedding),
      qkv: try linear(
        [
          (prefix + "attn_q.weight", c.queryWidth), (prefix + "attn_k.weight", c.kvWidth),
          (prefix + "attn_v.weight", c.kvWidth),
        ],
        inputs: c.embedding,
        scratch: scratch
      ),
      qkvBias: bias,
      output: try linear(
        [(prefix + "attn_output.weight", c.embedding)],
        inputs: c.queryWidth,
        scratch: scratch
      ),
      feedForwardNorm: try vector(prefix + "ffn_norm.weight", c.embedding),
      gateUp: try linear(
        [(prefix + "ffn_gate.weight", c.feedForward), (prefix + "ffn_up.weight", c.feedForward)],
        inputs: c.embedding,
        scratch: scratch
      ),
      down: try linear([(prefix + "ffn_down.weight", c.embedding)], inputs: c.feedForward, scratch: scratch)
    )
  }

  private func headLayer(scratch: AlignedBuffer) throws(ModelError) -> LinearLayer {
    // A model without an output matrix of its own uses the embedding for it.
    let name = file.tensor(named: "output.weight") == nil ? "token_embd.weight" : "output.weight"
    // Quantising the head would put its error straight into the logits, and encoding never runs it.
    return try linear(
      [(name, configuration.vocabulary)],
      inputs: configuration.embedding,
      element: compute.activations,
      scratch: scratch
    )
  }

  private struct Progress {
    var next = 0
    var blocks: [Int: DecoderBlock] = [:]
    var head: LinearLayer?
    var failure: ModelError?
  }

  /// Makes all blocks, and the head if requested, on `threads` threads that each take the next one.
  func blocks(withHead: Bool, threads: Int) throws(ModelError) -> (blocks: [DecoderBlock], head: LinearLayer?)
  {
    let c = configuration
    let progress = Mutex(Progress())
    let widest = max(c.qkvWidth * c.embedding, 2 * c.feedForward * c.embedding, c.queryWidth * c.embedding)
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      do throws(ModelError) {
        var scratch: AlignedBuffer?
        while true {
          // The head goes first: it is the longest piece of work.
          let item = progress.withLock { p -> Int? in
            guard p.failure == nil, p.next < c.layers + (withHead ? 1 : 0) else { return nil }
            p.next += 1
            return p.next - (withHead ? 2 : 1)
          }
          guard let item else { return }
          if item < 0 {
            let room = try AlignedBuffer.allocated(c.vocabulary * c.embedding * MemoryLayout<Float>.stride)
            let head = try headLayer(scratch: room)
            progress.withLock { $0.head = head }
          } else {
            if scratch == nil { scratch = try .allocated(widest * MemoryLayout<Float>.stride) }
            guard let scratch else { return }
            let block = try block(item, scratch: scratch)
            progress.withLock { $0.blocks[item] = block }
          }
        }
      } catch {
        progress.withLock { $0.failure = error }
      }
    }
    let result = progress.withLock { $0 }
    if let failure = result.failure { throw failure }
    let blocks = (0..<c.layers).compactMap { result.blocks[$0] }
    guard blocks.count == c.layers, !withHead || result.head != nil else {
      throw ModelError(.kernel, "only \(blocks.count) of \(c.layers) layers were packed")
    }
    return (blocks, result.head)
  }
}

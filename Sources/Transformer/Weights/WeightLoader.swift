internal import Dispatch
internal import GGUF
internal import KVFormat
internal import Memory
internal import Synchronization

/// Reads tensors by name, checks their shapes and keeps them in the forms that are asked for, several layers at a time.
struct WeightLoader: Sendable {
  let file: GGUFFile
  let configuration: ModelConfiguration
  let compute: Precision
  let form: WeightForm
  let embeddings: EmbeddingTable
  private let memory = WeightMemory()

  init(
    file: GGUFFile,
    configuration: ModelConfiguration,
    compute: Precision,
    form: WeightForm,
    embeddings: EmbeddingTable
  ) {
    self.file = file
    self.configuration = configuration
    self.compute = compute
    self.form = form
    self.embeddings = embeddings
  }

  /// The name of the table of embeddings.
  static let embeddingsName = "token_embd.weight"
  /// The name of the head, in a model whose head is not the table of embeddings.
  static let headName = "output.weight"

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
    values.withUnsafeMutableBufferPointer { buffer in failure = dequantise(tensor, rows: 0..<1, into: buffer)
    }
    if let failure { throw failure }
    return values
  }

  private func vector(_ name: String, _ count: Int) throws(ModelError) -> [Float] {
    try Self.vector(file, name, count)
  }

  private static func dequantise(
    _ tensor: GGUFTensor,
    rows: Range<Int>,
    into buffer: UnsafeMutableBufferPointer<Float>
  ) -> ModelError? {
    do {
      try tensor.dequantise(into: buffer, rows: rows)
      return nil
    } catch {
      return ModelError(.malformed, error.message, cause: error)
    }
  }

  /// A tensor of a linear layer: its rows are the layer's outputs.
  private struct Part {
    var name: String
    var outputs: Int
    /// The number of rows at the start of which each head's are reordered as ``RotaryConfiguration/order`` says.
    var rotatedRows = 0
  }

  /// Reads several tensors with equal rows as one layer, their outputs side by side.
  ///
  /// - Parameters:
  ///   - parts: The tensors.
  ///   - inputs: The length of a row.
  ///   - element: The type to keep them in; nil for the usual one.
  ///   - scale: The factor of all weights.
  ///   - scratch: The memory of some of the rows in f32.
  /// - Returns: The layer.
  /// - Throws: ``ModelError`` for a tensor that is missing or of another shape, for a file that cannot be read, and
  ///   when the matrix library fails or memory cannot be allocated.
  private func linear(
    _ parts: [Part],
    inputs: Int,
    element: ElementType? = nil,
    scale: Float = 1,
    scratch: PackingScratch
  ) throws(ModelError) -> LayerWeights {
    var tensors: [(tensor: GGUFTensor, first: Int, rotatedRows: Int)] = []
    var outputs = 0
    for part in parts {
      let tensor = try Self.tensor(file, part.name, [inputs, part.outputs])
      tensors.append((tensor, outputs, part.rotatedRows))
      outputs += part.outputs
    }
    let compact = form.hasCompact ? try self.compact(tensors, inputs: inputs, scale: scale) : nil
    if let compact, !form.hasPacked { return .compact(compact) }
    let isReordered = configuration.rope.order != nil && parts.contains { $0.rotatedRows > 0 }
    let packed = try LinearLayer(
      inputs: inputs,
      outputs: outputs,
      element: element ?? compute.weights,
      memory: memory,
      multiple: isReordered ? configuration.headDimension : 1,
      scratch: scratch
    ) { (wanted, start) throws(ModelError) in
      for (tensor, first, rotatedRows) in tensors {
        let rows = wanted.clamped(to: first..<first + tensor.rowCount)
        guard !rows.isEmpty else { continue }
        let place = start + (rows.lowerBound - wanted.lowerBound) * inputs
        let buffer = UnsafeMutableBufferPointer(start: place, count: rows.count * inputs)
        let own = rows.lowerBound - first..<rows.upperBound - first
        if let failure = Self.dequantise(tensor, rows: own, into: buffer) { throw failure }
        // Parts end where heads do, as far as these are reordered.
        reorder(
          place,
          rows: min(own.upperBound, rotatedRows) - own.lowerBound,
          rowByteCount: inputs * MemoryLayout<Float>.stride
        )
      }
      if scale != 1 { for i in 0..<wanted.count * inputs { start[i] *= scale } }
    }
    return compact.map { .both(packed: packed, compact: $0) } ?? .packed(packed)
  }

  /// Keeps tensors as they are in the file, the rows of rotated heads in the order in which heads are rotated.
  private func compact(
    _ tensors: [(tensor: GGUFTensor, first: Int, rotatedRows: Int)],
    inputs: Int,
    scale: Float
  ) throws(ModelError) -> CompactLayer {
    var parts: [CompactLayer.Part] = []
    for (tensor, first, rotatedRows) in tensors {
      let outputs = first..<first + tensor.rowCount
      guard tensor.name != Self.embeddingsName else {
        parts.append(
          CompactLayer.Part(
            outputs: outputs,
            type: tensor.type,
            owner: embeddings.bytes,
            offset: 0,
            ownByteCount: 0
          )
        )
        continue
      }
      let (owner, start) = try memory.take(tensor.byteCount)
      let bytes = UnsafeMutableRawBufferPointer(start: start, count: tensor.byteCount)
      do { try tensor.copyBytes(to: bytes) } catch {
        throw ModelError(.malformed, error.message, cause: error)
      }
      reorder(start, rows: rotatedRows, rowByteCount: tensor.rowByteCount)
      parts.append(
        CompactLayer.Part(
          outputs: outputs,
          type: tensor.type,
          owner: owner,
          offset: owner.base.distance(to: start),
          ownByteCount: tensor.byteCount
        )
      )
    }
    return CompactLayer(inputs: inputs, parts: parts, scale: scale)
  }

  /// Brings the rows of whole heads into the order in which heads are rotated.
  private func reorder(_ start: UnsafeMutableRawPointer, rows count: Int, rowByteCount: Int) {
    guard count > 0, let order = configuration.rope.order else { return }
    let headByteCount = order.count * rowByteCount
    let head = UnsafeMutableRawPointer.allocate(byteCount: headByteCount, alignment: AlignedBuffer.alignment)
    defer { head.deallocate() }
    for first in stride(from: 0, to: count, by: order.count) {
      let rows = start + first * rowByteCount
      for (place, row) in order.enumerated() {
        (head + place * rowByteCount).copyMemory(from: rows + row * rowByteCount, byteCount: rowByteCount)
      }
      rows.copyMemory(from: head, byteCount: headByteCount)
    }
  }

  /// Biases, or norms of whole heads, in the order in which heads are rotated.
  private func reordered(_ values: [Float], rows: Int) -> [Float] {
    var values = values
    values.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress {
        reorder(start, rows: rows, rowByteCount: MemoryLayout<Float>.stride)
      }
    }
    return values
  }

  /// The values of a tensor that a file may have; empty for none.
  private func optional(_ name: String, _ count: Int) throws(ModelError) -> [Float] {
    file.tensor(named: name) == nil ? [] : try vector(name, count)
  }

  private func block(_ index: Int, scratch: PackingScratch) throws(ModelError) -> DecoderBlock {
    let c = configuration
    let prefix = "blk.\(index)."
    let (before, after) = (c.block.norms.isBefore, c.block.norms.isAfter)
    let norms = try queryKeyNorms(prefix)
    return DecoderBlock(
      attentionNorm: before ? try vector(prefix + "attn_norm.weight", c.embedding) : [],
      qkv: try linear(qkvParts(prefix), inputs: c.embedding, scratch: scratch),
      qkvBias: try qkvBias(prefix),
      queryNorm: norms.query,
      keyNorm: norms.key,
      output: try linear(
        [Part(name: prefix + "attn_output.weight", outputs: c.embedding)],
        inputs: c.queryWidth,
        scale: c.block.residualScale,
        scratch: scratch
      ),
      outputBias: try optional(prefix + "attn_output.bias", c.embedding).map { $0 * c.block.residualScale },
      afterAttentionNorm: after ? try vector(prefix + "post_attention_norm.weight", c.embedding) : [],
      feedForwardNorm: before ? try vector(prefix + "ffn_norm.weight", c.embedding) : [],
      gateUp: try linear(gateUpParts(prefix), inputs: c.embedding, scratch: scratch),
      down: try linear(
        [Part(name: prefix + "ffn_down.weight", outputs: c.embedding)],
        inputs: c.feedForward,
        scale: c.block.residualScale,
        scratch: scratch
      ),
      afterFeedForwardNorm: after ? try vector(prefix + "post_ffw_norm.weight", c.embedding) : []
    )
  }

  private func qkvParts(_ prefix: String) -> [Part] {
    let c = configuration
    guard !c.block.isFused else {
      return [
        Part(name: prefix + "attn_qkv.weight", outputs: c.qkvWidth, rotatedRows: c.queryWidth + c.kvWidth)
      ]
    }
    return [
      Part(name: prefix + "attn_q.weight", outputs: c.queryWidth, rotatedRows: c.queryWidth),
      Part(name: prefix + "attn_k.weight", outputs: c.kvWidth, rotatedRows: c.kvWidth),
      Part(name: prefix + "attn_v.weight", outputs: c.kvWidth),
    ]
  }

  private func qkvBias(_ prefix: String) throws(ModelError) -> [Float] {
    let c = configuration
    var bias: [Float] = []
    if c.block.isFused {
      bias = try optional(prefix + "attn_qkv.bias", c.qkvWidth)
    } else if file.tensor(named: prefix + "attn_q.bias") != nil {
      bias = try vector(prefix + "attn_q.bias", c.queryWidth)
      bias += try vector(prefix + "attn_k.bias", c.kvWidth)
      bias += try vector(prefix + "attn_v.bias", c.kvWidth)
    }
    return bias.isEmpty ? [] : reordered(bias, rows: c.queryWidth + c.kvWidth)
  }

  private func queryKeyNorms(_ prefix: String) throws(ModelError) -> (query: [Float], key: [Float]) {
    let c = configuration
    let (queries, keys): (Int, Int) =
      switch c.block.queryKeyNorm {
      case .none: (0, 0)
      case .heads: (c.headDimension, c.headDimension)
      case .rows: (c.queryWidth, c.kvWidth)
      }
    guard queries > 0 else { return ([], []) }
    return (
      reordered(try vector(prefix + "attn_q_norm.weight", queries), rows: queries),
      reordered(try vector(prefix + "attn_k_norm.weight", keys), rows: keys)
    )
  }

  private func gateUpParts(_ prefix: String) -> [Part] {
    let c = configuration
    guard !c.block.isFused else { return [Part(name: prefix + "ffn_up.weight", outputs: 2 * c.feedForward)] }
    return [
      Part(name: prefix + "ffn_gate.weight", outputs: c.feedForward),
      Part(name: prefix + "ffn_up.weight", outputs: c.feedForward),
    ]
  }

  private func headLayer(scratch: PackingScratch) throws(ModelError) -> LayerWeights {
    // A model without an output matrix of its own uses the embedding for it.
    let name = file.tensor(named: Self.headName) == nil ? Self.embeddingsName : Self.headName
    // Quantising the head would put its error straight into the logits, and encoding never runs it.
    return try linear(
      [Part(name: name, outputs: configuration.vocabulary)],
      inputs: configuration.embedding,
      element: compute.activations,
      scale: 1 / configuration.block.logitScale,
      scratch: scratch
    )
  }

  private struct Progress {
    var next = 0
    var blocks: [Int: DecoderBlock] = [:]
    var head: LayerWeights?
    var failure: ModelError?
  }

  /// Makes all blocks, and the head if requested, on several threads that each take the next one.
  ///
  /// - Parameters:
  ///   - withHead: True to make the head.
  ///   - plan: The number of threads, and the memory of each.
  /// - Returns: The blocks, first to last, and the head.
  /// - Throws: The ``ModelError`` of a thread that failed.
  func blocks(
    withHead: Bool,
    plan: LoadingPlan
  ) throws(ModelError) -> (blocks: [DecoderBlock], head: LayerWeights?) {
    let c = configuration
    let progress = Mutex(Progress())
    DispatchQueue.concurrentPerform(iterations: plan.threads) { _ in
      do throws(ModelError) {
        let scratch = PackingScratch(partBytes: plan.partBytes)
        while true {
          // The head goes first: it is the longest piece of work.
          let item = progress.withLock { p -> Int? in
            guard p.failure == nil, p.next < c.layers + (withHead ? 1 : 0) else { return nil }
            p.next += 1
            return p.next - (withHead ? 2 : 1)
          }
          guard let item else { return }
          if item < 0 {
            let head = try headLayer(scratch: scratch)
            progress.withLock { $0.head = head }
          } else {
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

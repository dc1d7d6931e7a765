internal import KVFormat
internal import Testing
internal import Transformer

/// A layer that is packed a part at a time must be the layer that is packed at once.
@Suite("Packing of linear layers")
struct LayerPackingTests {
  private static let rows = 5

  /// Even numbers of whole blocks, and numbers that end within one.
  @Test(
    "Parts give the same products as the whole, bit for bit",
    arguments: [(128, 256, 1), (96, 640, 96), (576, 1003, 1), (64, 80, 1), (320, 960, 80), (128, 7, 1)]
  )
  func parts(inputs: Int, outputs: Int, multiple: Int) throws {
    var types = [ElementType.f32]
    if Precision.bf16.isSupported { types.append(.bf16) }
    if Precision.int8.isSupported { types.append(.int8) }
    let weights = (0..<inputs * outputs).map { Float(($0 &* 7919) % 1999) / 1000 - 1 }
    for type in types {
      let whole = try LinearLayer(
        rows: weights,
        inputs: inputs,
        outputs: outputs,
        element: type,
        memory: WeightMemory()
      )
      let expected = try products(whole)
      // Sums of f32 may be added in another order.
      if type == .int8 { #expect(try products(whole, threads: 3) == expected) }
      for partBytes in [0, 64 * inputs * 4, 1 << 30] {
        var made: [Range<Int>] = []
        let layer = try LinearLayer(
          inputs: inputs,
          outputs: outputs,
          element: type,
          memory: WeightMemory(),
          multiple: multiple,
          scratch: PackingScratch(partBytes: partBytes)
        ) { (part, start) throws(ModelError) in
          made.append(part)
          for index in 0..<part.count * inputs { start[index] = weights[part.lowerBound * inputs + index] }
        }
        #expect(made.first?.lowerBound == 0 && made.last?.upperBound == outputs)
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(made.dropLast().allSatisfy { $0.upperBound.isMultiple(of: multiple) })
        if partBytes == 1 << 30 { #expect(made == [0..<outputs]) }
        #expect(layer.byteCount == whole.byteCount)
        #expect(layer.columnScales == whole.columnScales)
        #expect(layer.columnOffsets == whole.columnOffsets)
        #expect(try products(layer) == expected, "\(type), parts of \(made.first?.count ?? 0)")
      }
    }
  }

  /// 66,311 inputs of 255 times 127 each are 2,147,481,735, 1,912 less than the most of 32 bits.
  @Test("Sums that may not fit 32 bits are refused")
  func overflow() throws {
    guard Precision.int8.isSupported else { return }
    for (inputs, fits) in [(66_311, true), (66_312, false)] {
      let rows = [Float](repeating: 1, count: inputs)
      let layer = Result {
        try LinearLayer(rows: rows, inputs: inputs, outputs: 1, element: .int8, memory: WeightMemory())
      }
      guard !fits else {
        _ = try layer.get()
        continue
      }
      #expect { try layer.get() } throws: {
        ($0 as? ModelError)?.code == .badInput && "\($0)".contains("--compute \(Precision.native.rawValue)")
      }
    }
  }

  @Test("An error while rows are made is passed on")
  func failure() {
    #expect(throws: ModelError.self) {
      try LinearLayer(
        inputs: 64,
        outputs: 256,
        element: .f32,
        memory: WeightMemory(),
        scratch: PackingScratch(partBytes: 0)
      ) { (part, _) throws(ModelError) in
        if part.lowerBound > 0 { throw ModelError(.malformed, "no more rows") }
      }
    }
  }

  /// The bits of all outputs for a few rows of small whole numbers.
  private func products(_ layer: LinearLayer, threads: Int = 1) throws -> [UInt32] {
    let cache = try ProductCache(threads: threads)
    let count = Self.rows * layer.inputs
    var result = [UInt32](repeating: 0, count: Self.rows * layer.outputs)
    // Not negative, since rows of int8 are unsigned on most processors.
    let values = (0..<count).map { Int8($0 % 11) }
    try result.withUnsafeMutableBytes { destination in
      guard let out = destination.baseAddress else { return }
      func run(_ source: UnsafeRawBufferPointer) throws {
        guard let base = source.baseAddress else { return }
        try cache.run(layer, rows: Self.rows, src: base, dst: out)
      }
      switch layer.element {
      case .f32: try values.map(Float.init).withUnsafeBytes(run)
      case .bf16: try values.map { UInt16(Float($0).bitPattern >> 16) }.withUnsafeBytes(run)
      case .int8: try values.withUnsafeBytes(run)
      }
    }
    return result
  }
}

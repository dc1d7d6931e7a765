internal import CKernels
internal import Testing

@Suite("Products with weights as they are in the file")
struct CompactTests {
  /// The number of a type in GGUF files, and its values and bytes a block.
  private struct Format: Sendable {
    var type: UInt32
    var blockLength: Int
    var blockBytes: Int
    /// The places in a block of its scale and minimum, in half precision.
    var halves: [Int] = []

    static let all = [
      Format(type: 0, blockLength: 1, blockBytes: 4), Format(type: 1, blockLength: 1, blockBytes: 2),
      Format(type: 2, blockLength: 32, blockBytes: 18, halves: [0]),
      Format(type: 3, blockLength: 32, blockBytes: 20, halves: [0, 2]),
      Format(type: 6, blockLength: 32, blockBytes: 22, halves: [0]),
      Format(type: 7, blockLength: 32, blockBytes: 24, halves: [0, 2]),
      Format(type: 8, blockLength: 32, blockBytes: 34, halves: [0]),
      Format(type: 12, blockLength: 256, blockBytes: 144, halves: [0, 2]),
      Format(type: 13, blockLength: 256, blockBytes: 176, halves: [0, 2]),
      Format(type: 14, blockLength: 256, blockBytes: 210, halves: [208]),
      Format(type: 30, blockLength: 1, blockBytes: 2),
    ]
  }

  private static let outputs = 7

  /// Blocks of random weights whose f32, f16 and bf16 are numbers of moderate size: each of their bytes is below 0x3c,
  /// so that none is large, infinite or no number. All other bytes are of any value.
  private func bytes(_ format: Format, blocks: Int, _ random: inout SeededGenerator) -> [UInt8] {
    (0..<blocks * format.blockBytes).map { byte in
      let place = byte % format.blockBytes
      let isFloat = format.blockLength == 1 || format.halves.contains { (0..<2).contains(place - $0) }
      return UInt8.random(in: 0...(isFloat ? 0x3b : 255), using: &random)
    }
  }

  /// Runs a body with weights and with rows in both forms.
  private func with(
    _ bytes: [UInt8],
    _ format: Format,
    inputs: Int,
    rows x: [Float],
    _ body: (UnsafePointer<braid_compact_weights>, UnsafePointer<braid_compact_rows>) -> Void
  ) {
    let count = inputs.isMultiple(of: Int(BRAID_COMPACT_RUN)) ? x.count : 0
    var numbers = [Int16](repeating: 0, count: count)
    var scales = [Float](repeating: 0, count: count / Int(BRAID_COMPACT_RUN))
    var sums = scales
    braid_compact_round(x, count, &numbers, &scales, &sums)
    bytes.withUnsafeBufferPointer { bytes in
      x.withUnsafeBufferPointer { x in
        numbers.withUnsafeBufferPointer { numbers in
          scales.withUnsafeBufferPointer { scales in
            sums.withUnsafeBufferPointer { sums in
              var weights = braid_compact_weights(
                bytes: bytes.baseAddress,
                type: format.type,
                inputs: inputs,
                row_bytes: inputs / format.blockLength * format.blockBytes
              )
              var rows = braid_compact_rows(
                values: x.baseAddress,
                numbers: numbers.baseAddress,
                scales: scales.baseAddress,
                sums: sums.baseAddress,
                count: x.count / inputs
              )
              body(&weights, &rows)
            }
          }
        }
      }
    }
  }

  @Test("They are those of the unpacked weights, for every format, length of row and number of rows")
  func products() {
    var random = SeededGenerator(state: 5)
    for format in Format.all {
      // Less than a part, a part, more than one; lengths that fill no vector, and no group of blocks.
      let lengths =
        switch format.blockLength {
        case 1: [1, 33, 512, 777]
        case 32: [32, 512, 608, 768]
        default: [256, 512, 768]
        }
      for inputs in lengths {
        let bytes = bytes(format, blocks: Self.outputs * inputs / format.blockLength, &random)
        var plain = [Float](repeating: 0, count: Self.outputs * inputs)
        braid_dequantiser_of(format.type)?(bytes, &plain, plain.count / format.blockLength)
        for rows in 1...Int(BRAID_COMPACT_ROWS) {
          let x = random.values(rows * inputs)
          let stride = Self.outputs + 3
          each { isa in
            var out = [Float](repeating: 0.5, count: rows * stride)
            // The first two outputs replace what is there, the others are added to it.
            with(bytes, format, inputs: inputs, rows: x) { weights, rows in
              braid_compact_product(weights, 0, 2, rows, 1, 0, &out, stride)
              out.withUnsafeMutableBufferPointer { out in
                guard let start = out.baseAddress else { return }
                braid_compact_product(weights, 2, Self.outputs - 2, rows, 0.25, 1, start + 2, stride)
              }
            }
            for row in 0..<rows {
              for output in 0..<Self.outputs {
                var (sum, size) = (0.0, 1e-30)
                for i in 0..<inputs {
                  let product = Double(x[row * inputs + i]) * Double(plain[output * inputs + i])
                  sum += product
                  size += abs(product)
                }
                let expected = output < 2 ? sum : 0.5 + 0.25 * sum
                let away = abs(Double(out[row * stride + output]) - expected)
                // Rows are rounded to 16 bits where weights have scales.
                #expect(away < (format.blockLength > 1 ? 4e-5 : 1e-6) * size + 1e-6, isa)
              }
              #expect(out[row * stride + Self.outputs..<row * stride + stride].allSatisfy { $0 == 0.5 }, isa)
            }
          }
        }
      }
    }
  }

  @Test("A row gives the same bits alone and among others")
  func alone() {
    var random = SeededGenerator(state: 6)
    let rows = Int(BRAID_COMPACT_ROWS)
    for format in Format.all {
      // 43 runs are no whole number of groups.
      let inputs = format.blockLength == 256 ? 1280 : 1376
      let bytes = bytes(format, blocks: Self.outputs * inputs / format.blockLength, &random)
      let x = random.values(rows * inputs)
      each { isa in
        var together = [Float](repeating: 0, count: rows * Self.outputs)
        with(bytes, format, inputs: inputs, rows: x) {
          braid_compact_product($0, 0, Self.outputs, $1, 1, 0, &together, Self.outputs)
        }
        for row in 0..<rows {
          var one = [Float](repeating: 0, count: Self.outputs)
          let own = Array(x[row * inputs..<(row + 1) * inputs])
          with(bytes, format, inputs: inputs, rows: own) {
            braid_compact_product($0, 0, Self.outputs, $1, 1, 0, &one, Self.outputs)
          }
          let same = one == Array(together[row * Self.outputs..<(row + 1) * Self.outputs])
          #expect(same, "type \(format.type), row \(row), \(isa)")
        }
      }
    }
  }

  @Test("What is no number in a row is none in the product")
  func notNumbers() {
    var random = SeededGenerator(state: 7)
    for format in Format.all {
      for value in [Float.nan, .infinity] {
        let bytes = bytes(format, blocks: Self.outputs * 256 / format.blockLength, &random)
        var x = random.values(256)
        x[77] = value
        each { isa in
          var out = [Float](repeating: 0, count: Self.outputs)
          with(bytes, format, inputs: 256, rows: x) {
            braid_compact_product($0, 0, Self.outputs, $1, 1, 0, &out, Self.outputs)
          }
          #expect(out.allSatisfy { !$0.isFinite }, isa)
        }
      }
    }
  }
}

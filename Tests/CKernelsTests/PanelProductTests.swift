internal import CKernels
internal import Testing

/// Products by weights in panels, of every instruction set, against whole numbers.
@Suite struct PanelProductTests {
  private struct Product {
    var rows: Int
    var inputs: Int
    var outputs: Int
    var x: [UInt8]
    var weights: [Int8]

    /// The sums as a processor makes them from panels that were packed in parts of some outputs, and what follows them
    /// in memory.
    func sums(part: Int, panelsAtATime: Int) -> [Int32] {
      let width = Int(BRAID_PANEL_OUTPUTS)
      let bytes = braid_panel_bytes(inputs, outputs)
      let panels = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      defer { panels.deallocate() }
      let packed = panels.initializeMemory(as: Int8.self, repeating: 0, count: bytes)
      weights.withUnsafeBufferPointer { weights in
        for first in stride(from: 0, to: outputs, by: part) {
          guard let from = weights.baseAddress else { return }
          braid_panel_pack(from + first * inputs, inputs, first, min(part, outputs - first), packed)
        }
      }
      // Something stands behind the last sum, and must stay.
      var sums = [Int32](repeating: -1, count: rows * outputs + width)
      let count = (outputs + width - 1) / width
      for first in stride(from: 0, to: count, by: panelsAtATime) {
        braid_panel_product(x, rows, inputs, packed, outputs, first, min(panelsAtATime, count - first), &sums)
      }
      return sums
    }

    var expected: [Int32] {
      var sums: [Int32] = []
      for row in 0..<rows {
        for output in 0..<outputs {
          sums.append(
            (0..<inputs).reduce(0) { $0 + Int32(x[row * inputs + $1]) * Int32(weights[output * inputs + $1]) }
          )
        }
      }
      return sums + [Int32](repeating: -1, count: Int(BRAID_PANEL_OUTPUTS))
    }
  }

  /// Whole and broken groups of inputs, panels and tiles, and more inputs than a pass takes.
  @Test(arguments: [
    (1, 1, 1), (2, 16, 32), (3, 17, 33), (5, 100, 31), (9, 576, 96), (7, 1536, 70), (4, 2003, 64),
    (3, 775, 33),
  ])
  func sumsAreExact(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    var generator = SeededGenerator(state: 3)
    let product = Product(
      rows: rows,
      inputs: inputs,
      outputs: outputs,
      x: generator.values(rows * inputs, 79).map { UInt8(max(0, min(158, $0 + 79))) },
      // Four of at most 51 are within the bound of a word, whatever their signs.
      weights: generator.values(outputs * inputs, 51).map { Int8(max(-51, min(51, $0))) }
    )
    let expected = product.expected
    each { isa in
      #expect(product.sums(part: outputs, panelsAtATime: 100) == expected, isa)
      #expect(product.sums(part: 32, panelsAtATime: 1) == expected, isa)
    }
  }

  /// The most that a word holds, of either sign: 207 times 158 is 32,706.
  @Test func fullWordsAreExact() {
    let inputs = 24
    let most: [Int8] = [90, 100, 0, 80, 17, 0, 127, 0]
    let product = Product(
      rows: 3,
      inputs: inputs,
      outputs: 2,
      x: [UInt8](repeating: 158, count: 3 * inputs),
      weights: most + most + most + (most + most + most).map { -$0 }
    )
    #expect(Int(BRAID_WORD_MOST) == 207 && 207 * 158 <= Int(Int16.max) && 208 * 158 > Int(Int16.max))
    each { isa in
      #expect(product.sums(part: 2, panelsAtATime: 1) == product.expected, isa)
      #expect(
        Array(product.expected.prefix(6)) == [196_236, -196_236, 196_236, -196_236, 196_236, -196_236],
        isa
      )
    }
  }

  @Test func moreWeightsThanMemoryCountsAreNone() {
    #expect(braid_panel_bytes(.max, 1) == 0 && braid_panel_bytes(1, .max) == 0)
    #expect(braid_panel_bytes(1 << 40, 1 << 40) == 0)
    #expect(braid_panel_bytes(1 << 62, 1) == 0)
    #expect(braid_panel_bytes(17, 33) == 24 * 64)
  }
}

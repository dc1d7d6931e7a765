internal import CKernels
internal import Foundation
internal import GGUF
internal import TestSupport
internal import Testing

/// Blocks of one tensor type and the floats that the reference implementation makes of them.
private struct Golden: Decodable {
  let type: String
  let number: UInt32
  let rowLength: UInt64
  let rows: UInt64
  let bytes: Data
  let floats: Data

  static func all() throws -> [Golden] {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: url.appendingPathComponent("Golden/dequantisation.json"))
    return try JSONDecoder().decode([Golden].self, from: data)
  }
}

@Suite struct DequantisationTests {
  /// Every instruction set yields the reference's bits.
  @Test(arguments: [BRAID_ISA_BASELINE, BRAID_ISA_AVX2, BRAID_ISA_AVX512])
  func agreesWithTheReference(_ isa: braid_isa) throws {
    braid_isa_limit_thread(isa)
    defer { braid_isa_limit_thread(BRAID_ISA_AMX) }
    let goldens = try Golden.all()
    #expect(goldens.map(\.type).sorted() == GGUFTensorType.supported.map(\.description).sorted())
    for golden in goldens {
      var writer = GGUFWriter()
      // A byte first, so that the data are not aligned to more than the format's byte would be.
      writer.metadata = [("general.alignment", .uint32(1))]
      writer.alignment = 1
      writer.tensors = [
        .init(name: "pad", type: 30, dimensions: [1], data: [0, 0]),
        .init(
          name: "t",
          type: golden.number,
          dimensions: [golden.rowLength, golden.rows],
          data: Array(golden.bytes)
        ),
      ]
      let tensor = try #require(try writer.open().tensor(named: "t"))
      #expect(tensor.type.description == golden.type)
      let expected = golden.floats.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
      }
      #expect(try tensor.dequantised().map(\.bitPattern) == expected, "\(golden.type)")

      // One row in the middle, with room to spare that must stay as it was.
      let length = Int(golden.rowLength)
      var row = [Float](repeating: 77, count: length + 8)
      try row.withUnsafeMutableBufferPointer { try tensor.dequantise(into: $0, rows: 1..<2) }
      #expect(row.prefix(length).map(\.bitPattern) == Array(expected[length..<2 * length]), "\(golden.type)")
      #expect(row.suffix(8) == [77, 77, 77, 77, 77, 77, 77, 77])
    }
  }
}

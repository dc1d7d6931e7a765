internal import Foundation
internal import GGUF

/// A tiny model and its logits, written by scripts/golden/architectures.py.
///
/// The file of the model is described completely; its weights come out of a hash of their place, which the script
/// repeats bit for bit.
package struct ConformanceCase: Decodable, Sendable {
  /// A metadata value.
  package struct Pair: Decodable, Sendable {
    private enum Keys: CodingKey { case key, type, value }

    package let key: String
    package let value: GGUFWriter.Value

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      key = try container.decode(String.self, forKey: .key)
      let type = try container.decode(String.self, forKey: .type)
      switch type {
      case "UINT32": value = .uint32(try container.decode(UInt32.self, forKey: .value))
      case "FLOAT32": value = .float32(Float(try container.decode(Double.self, forKey: .value)))
      case "BOOL": value = .bool(try container.decode(Bool.self, forKey: .value))
      case "BOOL[]":
        value = .array(of: 7, try container.decode([Bool].self, forKey: .value).map { .bool($0) })
      case "STRING": value = .string(try container.decode(String.self, forKey: .value))
      default:
        throw DecodingError.dataCorruptedError(
          forKey: .type,
          in: container,
          debugDescription: "\(key) has the type \(type)"
        )
      }
    }
  }

  /// A tensor and what fills it.
  package struct Tensor: Decodable, Sendable {
    /// The values one by one; else numbers or blocks out of noise.
    package struct Fill: Decodable, Sendable {
      package var values: [Double]?
      package var noise: UInt32?
      /// The distance from the least number to the largest, and what lies in their middle.
      package var spread: Double?
      package var offset: Double?
      /// The f16 fields of a block, in place of its random bytes.
      package var halves: [Half]?
    }

    package struct Half: Decodable, Sendable {
      package var at: Int
      package var value: Float
    }

    package var name: String
    /// The length of a row first.
    package var dimensions: [Int]
    package var type: String
    package var fill: Fill
  }

  /// A case that says what cannot be.
  package struct Mistake: Error {
    package var message: String
  }

  package var architecture: String
  package var metadata: [Pair]
  package var tensors: [Tensor]
  package var tokens: [Int32]
  /// The logits after every token; none where the model is refused.
  package var logits: [[Float]]?
  /// A word of the error with which the model is refused.
  package var refused: String?

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "TransformerTests/Golden/architectures")

  /// The names of all cases.
  package static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  package static func load(_ name: String) throws -> ConformanceCase {
    let data = try Data(contentsOf: folder.appending(path: name + ".json"))
    return try JSONDecoder().decode(ConformanceCase.self, from: data)
  }

  /// The model's file.
  package func writer() throws -> GGUFWriter {
    var writer = GGUFWriter()
    writer.metadata = metadata.map { ($0.key, $0.value) }
    writer.tensors = try tensors.map { try $0.written() }
    return writer
  }
}

extension ConformanceCase.Tensor {
  /// A tensor of f32 with small numbers.
  package static func noise(_ name: String, _ dimensions: [Int]) throws -> GGUFWriter.Tensor {
    let fill = Fill(values: nil, noise: 0, spread: 0.4, offset: 0, halves: nil)
    return try Self(name: name, dimensions: dimensions, type: "F32", fill: fill).written()
  }

  func written() throws -> GGUFWriter.Tensor {
    guard let kind = GGUFTensorType.supported.first(where: { $0.description == type }) else {
      throw ConformanceCase.Mistake(message: "\(name) has the type \(type)")
    }
    return GGUFWriter.Tensor(
      name: name,
      type: kind.rawValue,
      dimensions: dimensions.map { UInt64($0) },
      data: try data(kind)
    )
  }

  private func data(_ type: GGUFTensorType) throws -> [UInt8] {
    let count = dimensions.reduce(1, *)
    if let values = fill.values, values.count == count {
      return values.flatMap { GGUFWriter.bytes(Float($0).bitPattern) }
    }
    guard let number = fill.noise else { throw ConformanceCase.Mistake(message: "nothing fills \(name)") }
    if let halves = fill.halves, let first = halves.first {
      let size = type.blockByteCount
      var result = (0..<count / type.blockLength * size).map {
        UInt8(hashed(UInt32($0), tensor: number) >> 24)
      }
      for start in stride(from: 0, to: result.count, by: size) {
        // Blocks differ: half of them have twice the values.
        let factor: Float = result[start + first.at] & 1 == 0 ? 1 : 2
        for half in halves {
          let bytes = GGUFWriter.bytes(Float16(half.value * factor).bitPattern)
          result.replaceSubrange(start + half.at..<start + half.at + 2, with: bytes)
        }
      }
      return result
    }
    guard let spread = fill.spread, let offset = fill.offset else {
      throw ConformanceCase.Mistake(message: "\(name) has no spread")
    }
    var result: [UInt8] = []
    result.reserveCapacity(count * type.blockByteCount)
    for index in 0..<UInt32(count) {
      // Evenly spread over -0.5 to 0.5 in steps of 2^-24, hence exact.
      let noise = Float(hashed(index, tensor: number) >> 8) / 16_777_216 - 0.5
      let scaled = Float(spread) * noise
      let value = Float(offset) + scaled
      switch type {
      case .f32: result += GGUFWriter.bytes(value.bitPattern)
      case .f16: result += GGUFWriter.bytes(Float16(value).bitPattern)
      case .bf16:
        let bits = value.bitPattern
        result += GGUFWriter.bytes(UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16))
      default: throw ConformanceCase.Mistake(message: "\(name) has blocks and no halves")
      }
    }
    return result
  }

  /// 32 bits for each element (MurmurHash3's finaliser).
  private func hashed(_ index: UInt32, tensor: UInt32) -> UInt32 {
    var x = index &* 2_654_435_761 &+ tensor &* 2_246_822_519
    x = (x ^ x >> 16) &* 0x85EB_CA6B
    x = (x ^ x >> 13) &* 0xC2B2_AE35
    return x ^ x >> 16
  }
}

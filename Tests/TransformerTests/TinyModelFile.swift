internal import Foundation
internal import GGUF

/// A GGUF file of a tiny Qwen2 model, whose weights scripts/golden/qwen2.py repeats bit for bit.
///
/// Sizes, spreads and the order of the tensors are the same there.
struct TinyModelFile {
  private enum Kind {
    case embedding, matrix, bias, norm

    /// The distance from the least value to the largest.
    var spread: Float {
      switch self {
      case .embedding: 2
      case .matrix: 0.4
      case .bias: 3
      case .norm: 0.5
      }
    }
  }

  static let layers = 2
  static let embedding = 128
  static let heads = 2
  static let kvHeads = 1
  static let headDimension = 64
  static let feedForward = 96
  static let vocabulary = 80

  private var header: [UInt8] = []
  private var data: [UInt8] = []
  private var tensorCount: UInt32 = 0

  /// Writes the file, opens it and takes it out of its folder.
  static func open() throws -> GGUFFile {
    let url = FileManager.default.temporaryDirectory.appending(path: "braid-\(UUID().uuidString).gguf")
    try Data(bytes()).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try GGUFFile(path: url.path(percentEncoded: false))
  }

  private static func bytes() -> [UInt8] {
    var file = TinyModelFile()
    file.addTensors()
    let numbers: [(String, UInt32)] = [
      ("block_count", UInt32(layers)), ("embedding_length", UInt32(embedding)),
      ("feed_forward_length", UInt32(feedForward)), ("attention.head_count", UInt32(heads)),
      ("attention.head_count_kv", UInt32(kvHeads)), ("context_length", 512),
    ]
    let floats: [(String, Float)] = [
      ("attention.layer_norm_rms_epsilon", 1e-6), ("rope.freq_base", 10000),
    ]
    var result = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(file.tensorCount))
    result += little(UInt64(1 + numbers.count + floats.count))
    result += string("general.architecture") + little(UInt32(8)) + string("qwen2")
    for (key, value) in numbers { result += string("qwen2.\(key)") + little(UInt32(4)) + little(value) }
    for (key, value) in floats {
      result += string("qwen2.\(key)") + little(UInt32(6)) + little(value.bitPattern)
    }
    result += file.header
    return result + [UInt8](repeating: 0, count: (32 - result.count % 32) % 32) + file.data
  }

  private mutating func addTensors() {
    let (queries, keys) = (Self.heads * Self.headDimension, Self.kvHeads * Self.headDimension)
    add("token_embd.weight", .embedding, [Self.embedding, Self.vocabulary])
    for layer in 0..<Self.layers {
      let prefix = "blk.\(layer)."
      add(prefix + "attn_norm.weight", .norm, [Self.embedding])
      for (name, width) in [("attn_q", queries), ("attn_k", keys), ("attn_v", keys)] {
        add("\(prefix)\(name).weight", .matrix, [Self.embedding, width])
        add("\(prefix)\(name).bias", .bias, [width])
      }
      add(prefix + "attn_output.weight", .matrix, [queries, Self.embedding])
      add(prefix + "ffn_norm.weight", .norm, [Self.embedding])
      add(prefix + "ffn_gate.weight", .matrix, [Self.embedding, Self.feedForward])
      add(prefix + "ffn_up.weight", .matrix, [Self.embedding, Self.feedForward])
      add(prefix + "ffn_down.weight", .matrix, [Self.feedForward, Self.embedding])
    }
    add("output_norm.weight", .norm, [Self.embedding])
    add("output.weight", .matrix, [Self.embedding, Self.vocabulary])
  }

  /// Adds an f32 tensor; the length of a row is the first dimension. Every tensor here is a multiple of the
  /// alignment long, so that none needs padding.
  private mutating func add(_ name: String, _ kind: Kind, _ dimensions: [Int]) {
    header += Self.string(name) + Self.little(UInt32(dimensions.count))
    for dimension in dimensions { header += Self.little(UInt64(dimension)) }
    header += Self.little(UInt32(0)) + Self.little(UInt64(data.count))
    for index in 0..<dimensions.reduce(1, *) {
      var value = Self.noise(UInt32(index), tensor: tensorCount) * kind.spread
      if kind == .norm { value = 1 + value }
      data += Self.little(value.bitPattern)
    }
    tensorCount += 1
  }

  /// Evenly spread over -0.5 to 0.5 in steps of 2^-24, hence exact (MurmurHash3's finaliser).
  private static func noise(_ index: UInt32, tensor: UInt32) -> Float {
    var x = index &* 2_654_435_761 &+ tensor &* 2_246_822_519
    x = (x ^ x >> 16) &* 0x85EB_CA6B
    x = (x ^ x >> 13) &* 0xC2B2_AE35
    x ^= x >> 16
    return Float(x >> 8) / 16_777_216 - 0.5
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func string(_ value: String) -> [UInt8] { little(UInt64(value.utf8.count)) + value.utf8 }
}

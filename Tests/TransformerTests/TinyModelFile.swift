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

  /// A change of the sound file.
  enum Edit {
    /// Adds a metadata value, or replaces one: type number and bytes.
    case set(String, type: UInt32, [UInt8])
    case remove(String)
    /// Adds a tensor of f32.
    case tensor(String, [Int])
    case drop(String)

    static func number(_ key: String, _ value: UInt32) -> Edit {
      .set(key, type: 4, TinyModelFile.little(value))
    }
    static func float(_ key: String, _ value: Float) -> Edit {
      .set(key, type: 6, TinyModelFile.little(value.bitPattern))
    }
    static func bool(_ key: String, _ value: Bool) -> Edit { .set(key, type: 7, [value ? 1 : 0]) }
    static func text(_ key: String, _ value: String) -> Edit {
      .set(key, type: 8, TinyModelFile.string(value))
    }
    /// An array of 32-bit integers.
    static func numbers(_ key: String, _ values: [UInt32]) -> Edit {
      .set(
        key,
        type: 9,
        TinyModelFile.little(UInt32(4)) + TinyModelFile.little(UInt64(values.count))
          + values.flatMap { TinyModelFile.little($0) }
      )
    }
  }

  private var header: [UInt8] = []
  private var data: [UInt8] = []
  private var tensorCount: UInt32 = 0

  private var dropped: Set<String> = []

  /// Writes the file, opens it and takes it out of its folder.
  static func open(_ edits: Edit...) throws -> GGUFFile {
    let url = FileManager.default.temporaryDirectory.appending(path: "braid-\(UUID().uuidString).gguf")
    try Data(bytes(edits)).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try GGUFFile(path: url.path(percentEncoded: false))
  }

  private static func bytes(_ edits: [Edit]) -> [UInt8] {
    var file = TinyModelFile()
    let numbers: [(String, UInt32)] = [
      ("block_count", UInt32(layers)), ("embedding_length", UInt32(embedding)),
      ("feed_forward_length", UInt32(feedForward)), ("attention.head_count", UInt32(heads)),
      ("attention.head_count_kv", UInt32(kvHeads)), ("context_length", 512),
    ]
    let floats: [(String, Float)] = [
      ("attention.layer_norm_rms_epsilon", 1e-6), ("rope.freq_base", 10000),
    ]
    var pairs = [(key: "general.architecture", type: UInt32(8), bytes: string("qwen2"))]
    pairs += numbers.map { ("qwen2.\($0)", 4, little($1)) }
    pairs += floats.map { ("qwen2.\($0)", 6, little($1.bitPattern)) }
    for case .drop(let name) in edits { file.dropped.insert(name) }
    file.addTensors()
    for edit in edits {
      switch edit {
      case .set(let key, let type, let bytes):
        pairs.removeAll { $0.key == key }
        pairs.append((key, type, bytes))
      case .remove(let key): pairs.removeAll { $0.key == key }
      case .tensor(let name, let dimensions): file.add(name, .matrix, dimensions)
      case .drop: break
      }
    }
    var result = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(file.tensorCount))
    result += little(UInt64(pairs.count))
    for pair in pairs { result += string(pair.key) + little(pair.type) + pair.bytes }
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
    guard !dropped.contains(name) else { return }
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

  fileprivate static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  fileprivate static func string(_ value: String) -> [UInt8] { little(UInt64(value.utf8.count)) + value.utf8 }
}

internal import GGUF
internal import TestSupport

/// The GGUF file of a tiny Qwen2 model with biases, with changes.
enum TinyModelFile {
  /// A change of the sound file.
  enum Edit {
    /// Adds a metadata value, or replaces one: type number and bytes.
    case set(String, type: UInt32, [UInt8])
    case remove(String)
    /// Adds a tensor of f32.
    case tensor(String, [Int])
    case drop(String)

    static func number(_ key: String, _ value: UInt32) -> Edit { set(key, .uint32(value)) }
    static func float(_ key: String, _ value: Float) -> Edit { set(key, .float32(value)) }
    static func bool(_ key: String, _ value: Bool) -> Edit { set(key, .bool(value)) }
    static func text(_ key: String, _ value: String) -> Edit { set(key, .string(value)) }
    /// An array of 32-bit integers.
    static func numbers(_ key: String, _ values: [UInt32]) -> Edit {
      set(key, .array(of: 4, values.map { .uint32($0) }))
    }

    private static func set(_ key: String, _ value: GGUFWriter.Value) -> Edit {
      .set(key, type: value.type, value.bytes)
    }
  }

  /// Writes the file, opens it and takes it out of its folder.
  static func open(_ edits: Edit...) throws -> GGUFFile {
    var writer = try ConformanceCase.load("qwen2-biases").writer()
    for edit in edits {
      switch edit {
      case .set(let key, let type, let bytes):
        writer.metadata.removeAll { $0.key == key }
        writer.metadata.append((key, GGUFWriter.Value(type: type, bytes: bytes)))
      case .remove(let key): writer.metadata.removeAll { $0.key == key }
      case .tensor(let name, let dimensions):
        writer.tensors.append(try ConformanceCase.Tensor.noise(name, dimensions))
      case .drop(let name): writer.tensors.removeAll { $0.name == name }
      }
    }
    return try writer.open()
  }
}

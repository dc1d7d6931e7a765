internal import Crypto
public import GGUF
public import Tokenizers
public import Transformer
public import Wire

/// A model file with what a process makes of it: weights, the tokenizer's tables, and the identity that
/// processes compare.
public struct LoadedModel: Sendable {
  /// The weights.
  public let model: Model
  /// The tokenizer's tables.
  public let tokenizer: TokenizerConfiguration
  /// What must agree between coordinator and worker.
  public let identity: ModelIdentity

  /// Opens a model file, packs its weights and takes its hashes.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - compute: The precision; nil for the best of this processor.
  ///   - withHead: Whether answers will be generated.
  ///   - threads: Threads that share the work.
  /// - Returns: The model, ready to encode.
  /// - Throws: `GGUFError`, `ModelError` or `TokenizerError`, each with a sentence for a person.
  public static func load(
    path: String,
    compute: Transformer.ComputeType?,
    withHead: Bool,
    threads: Int
  ) async throws -> LoadedModel {
    let file = try GGUFFile(path: path)
    let configuration = try ModelConfiguration(file)
    let tokenizer = try TokenizerConfiguration(file)
    async let digest = hexDigest(of: file)
    async let tokenizerDigest = hexDigest(of: tokenizer)
    let model = try await Task.detached {
      try Model(file: file, compute: compute ?? .native, withHead: withHead, threads: threads)
    }.value
    var identity = ModelIdentity()
    identity.modelSha256 = await digest
    identity.tokenizerSha256 = await tokenizerDigest
    identity.rope.theta = configuration.rope.base
    identity.rope.dimensions = UInt32(clamping: configuration.rope.dimension)
    identity.rope.kind = configuration.rope.pairing.rawValue
    if !configuration.rope.factors.isEmpty {
      identity.rope.scalingHash = hex(
        SHA256.hash(data: configuration.rope.factors.withUnsafeBytes { Array($0) })
      )
    }
    identity.kvType = .bf16
    identity.shape = wireShape(configuration)
    return LoadedModel(model: model, tokenizer: tokenizer, identity: identity)
  }
}

/// The sizes of a model's KV as they travel.
func wireShape(_ configuration: ModelConfiguration) -> Wire.KVShape {
  var shape = Wire.KVShape()
  shape.layers = UInt32(clamping: configuration.layers)
  shape.kvHeads = UInt32(clamping: configuration.kvHeads)
  shape.headDimension = UInt32(clamping: configuration.headDimension)
  return shape
}

extension TokenizerConfiguration {
  /// Reads the tokenizer's tables out of a model file.
  ///
  /// - Throws: `TokenizerError` when the file holds none, or one of another kind.
  public init(_ file: GGUFFile) throws(TokenizerError) {
    let metadata = file.metadata
    try self.init(
      string: { metadata.string($0) },
      integer: { metadata.integer($0) },
      bool: { metadata.bool($0) },
      strings: { metadata.strings($0) },
      integers: { metadata.integers($0) }
    )
  }
}

/// The SHA-256 of a model file, in lower-case hexadecimal.
public func hexDigest(of file: GGUFFile) -> String {
  file.withFileBytes { bytes in
    var hash = SHA256()
    hash.update(bufferPointer: bytes)
    return hex(hash.finalize())
  }
}

/// The SHA-256 of vocabulary, merges and pre-tokenizer, each entry followed by a zero byte.
func hexDigest(of configuration: TokenizerConfiguration) -> String {
  var hash = SHA256()
  for list in [configuration.tokens, configuration.merges, [configuration.preTokenizer]] {
    var bytes: [UInt8] = []
    for entry in list {
      bytes.append(contentsOf: entry.utf8)
      bytes.append(0)
    }
    hash.update(data: bytes)
  }
  return hex(hash.finalize())
}

private func hex(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef")
  return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

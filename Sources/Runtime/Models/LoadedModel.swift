internal import Crypto
package import GGUF
package import KVFormat
package import Tokenizers
package import Transformer
package import Wire

/// A model file with what a process derives from it: weights, the tokenizer's tables, and the identity that
/// processes compare.
package struct LoadedModel: Sendable {
  /// The weights.
  package let model: Model
  /// How they are kept, by this process and by the workers that it starts.
  package let plans: WeightPlans
  /// The tokenizer's tables.
  package let tokenizer: TokenizerConfiguration
  /// The identity in which coordinator and worker must agree.
  package let identity: ModelIdentity
  /// The path of the file.
  package let path: String
  /// What its tensors take in the file.
  private let tensors: TensorBytes
  /// The tokenizer, if answers are generated.
  private let builtTokenizer: Tokenizer?

  /// Opens a model file, packs its weights and computes its hashes.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - compute: The precision.
  ///   - withHead: True to generate answers.
  ///   - threads: The number of threads that share the work.
  /// - Returns: The model, ready to encode.
  /// - Throws: ``ModelFileError``, also when the file changed before all of it was read. After that it is not
  ///   needed any more.
  package static func load(
    path: String,
    compute: Precision,
    withHead: Bool,
    threads: Int
  ) async throws(ModelFileError) -> LoadedModel {
    try await load(
      ModelFile(path: path),
      plans: WeightPlans(.packed(compute)),
      use: ModelUse(answers: withHead),
      threads: threads
    )
  }

  /// Loads the weights of a file that was opened and checked, and computes its hashes.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - plans: How the weights are kept.
  ///   - use: What is done with them.
  ///   - threads: The number of threads that share the work.
  /// - Returns: The model, ready to encode.
  /// - Throws: ``ModelFileError``, also when the file changed before all of it was read.
  package static func load(
    _ file: ModelFile,
    plans: WeightPlans,
    use: ModelUse,
    threads: Int
  ) async throws(ModelFileError) -> LoadedModel {
    do {
      return try await loaded(file, plans: plans, use: use, threads: threads)
    } catch {
      throw ModelFileError(error, path: file.path)
    }
  }

  private static func loaded(
    _ checked: ModelFile,
    plans: WeightPlans,
    use: ModelUse,
    threads: Int
  ) async throws -> LoadedModel {
    let (file, configuration, tokenizer) = (checked.file, checked.configuration, checked.tokenizer)
    async let digest = hexDigest(of: file)
    async let tokenizerDigest = hexDigest(of: tokenizer)
    async let built = use.answers ? checked.makeTokenizer() : nil
    let model = try await Task.detached {
      try Model(
        file: file,
        compute: plans.own.compute,
        form: plans.own.form(for: use),
        withHead: use.answers,
        threads: threads
      )
    }.value
    let identity = ModelIdentity(
      modelSHA256: try await digest,
      tokenizerSHA256: await tokenizerDigest,
      rope: RopeSettings(configuration.rope),
      kvType: .bf16,
      shape: KVShape(chunksOf: configuration)
    )
    let builtTokenizer = try await built
    // Weights, tables and digest were read one after the other, and are of one file only if it stayed as it
    // was.
    try file.checkUnchanged()
    return LoadedModel(
      model: model,
      plans: plans,
      tokenizer: tokenizer,
      identity: identity,
      path: checked.path,
      tensors: checked.tensorBytes,
      builtTokenizer: builtTokenizer
    )
  }

  /// The memory that a command needs with this model.
  ///
  /// - Parameters:
  ///   - use: What it does with it.
  ///   - threads: The most threads that load it.
  /// - Returns: The need, without documents.
  package func need(for use: ModelUse, threads: Int) -> MemoryNeed {
    MemoryNeed(
      model.configuration,
      plans: plans,
      tensors: tensors,
      use: use,
      threads: threads
    )
  }

  /// Builds the tokenizer, unless it has been built.
  ///
  /// - Throws: ``ModelFileError`` where its tables contradict each other.
  package func makeTokenizer() throws(ModelFileError) -> Tokenizer {
    if let builtTokenizer { return builtTokenizer }
    do { return try Tokenizer(tokenizer) } catch { throw ModelFileError(error, path: path) }
  }
}

extension RopeSettings {
  /// The settings of a model, its factors as a hash.
  fileprivate init(_ rope: RotaryConfiguration) {
    self.init(
      theta: rope.base,
      dimensions: rope.rotated,
      kind: rope.pairing.rawValue,
      scalingHash: rope.factors.isEmpty
        ? "" : hex(SHA256.hash(data: rope.factors.withUnsafeBytes { Array($0) }))
    )
  }
}

/// The SHA-256 of a model file, in lower-case hexadecimal.
///
/// - Parameter file: The opened file.
/// - Returns: 64 digits.
/// - Throws: `GGUFError` where the file cannot be read to its end.
package func hexDigest(of file: GGUFFile) throws(GGUFError) -> String {
  var hash = SHA256()
  try file.forEachPart { hash.update(bufferPointer: $0) }
  return hex(hash.finalize())
}

/// The SHA-256 of vocabulary, merges and pre-tokenizer, each entry followed by a zero byte; of SentencePiece also of
/// scores and rules for spaces.
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
  if configuration.kind == .sentencePiece {
    configuration.scores.withUnsafeBytes { hash.update(bufferPointer: $0) }
    let flags = [
      configuration.addsSpacePrefix, configuration.removesExtraSpaces, configuration.stripsAfterSpecialTokens,
    ]
    hash.update(data: flags.map { UInt8($0 ? 1 : 0) })
  }
  return hex(hash.finalize())
}

private func hex(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef")
  return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

internal import Tables

/// The description of a model file.
package struct ModelInfo: Codable, Hashable, Sendable {
  /// The file's path; of a split model, that by which it was opened.
  package var file: String
  /// The file's size in bytes; of a split model, that of all parts.
  package var fileBytes: Int
  /// The number of files: more than 1 for a split model.
  package var parts: Int
  /// The file's SHA-256, in hexadecimal, of a split model over all parts in order; nil if it was not computed.
  package var sha256: String?
  /// The model's name in the metadata.
  package var name: String
  /// The architecture, for example `llama`.
  package var architecture: String
  /// The number of weights.
  package var parameters: Int
  /// Decoder blocks.
  package var layers: Int
  /// The width of the residual stream.
  package var embeddingLength: Int
  /// The inner width of the feed-forward part.
  package var feedForwardLength: Int
  /// Query heads.
  package var heads: Int
  /// Key and value heads.
  package var kvHeads: Int
  /// The width of a head.
  package var headDimension: Int
  /// The number of tokens for which it was trained.
  package var contextTokens: Int
  /// The base of RoPE.
  package var ropeBase: Double
  /// The number of token ids.
  package var vocabulary: Int
  /// The tokenizer's name in the metadata.
  package var tokenizer: String
  /// True if the file has a chat template.
  package var chatTemplate: Bool
  /// The form of questions: the name of a known chat format, `from the file` for one of the template's own, or
  /// `plain`.
  package var chatFormat: String
  /// The number of tensors by type, for example `Q4_1`.
  package var tensorTypes: [String: Int]
  /// Bytes of KV cache for one token, as bf16.
  package var kvBytesPerToken: Int
  /// What it takes of this machine.
  package var needs: ModelNeeds

  package init(
    file: String,
    fileBytes: Int,
    parts: Int,
    sha256: String?,
    name: String,
    architecture: String,
    parameters: Int,
    layers: Int,
    embeddingLength: Int,
    feedForwardLength: Int,
    heads: Int,
    kvHeads: Int,
    headDimension: Int,
    contextTokens: Int,
    ropeBase: Double,
    vocabulary: Int,
    tokenizer: String,
    chatTemplate: Bool,
    chatFormat: String,
    tensorTypes: [String: Int],
    kvBytesPerToken: Int,
    needs: ModelNeeds
  ) {
    self.file = file
    self.fileBytes = fileBytes
    self.parts = parts
    self.sha256 = sha256
    self.name = name
    self.architecture = architecture
    self.parameters = parameters
    self.layers = layers
    self.embeddingLength = embeddingLength
    self.feedForwardLength = feedForwardLength
    self.heads = heads
    self.kvHeads = kvHeads
    self.headDimension = headDimension
    self.contextTokens = contextTokens
    self.ropeBase = ropeBase
    self.vocabulary = vocabulary
    self.tokenizer = tokenizer
    self.chatTemplate = chatTemplate
    self.chatFormat = chatFormat
    self.tensorTypes = tensorTypes
    self.kvBytesPerToken = kvBytesPerToken
    self.needs = needs
  }

  private enum CodingKeys: String, CodingKey {
    case file, parts, sha256, name, architecture, parameters, layers, heads, vocabulary, tokenizer, needs
    case fileBytes = "file_bytes"
    case embeddingLength = "embedding_length"
    case feedForwardLength = "feed_forward_length"
    case kvHeads = "kv_heads"
    case headDimension = "head_dimension"
    case contextTokens = "context_tokens"
    case ropeBase = "rope_base"
    case chatTemplate = "chat_template"
    case chatFormat = "chat_format"
    case tensorTypes = "tensor_types"
    case kvBytesPerToken = "kv_bytes_per_token"
  }

  private var chat: String {
    if !chatTemplate { return "no template: questions are asked in plain form" }
    if chatFormat == "plain" { return "a template of an unknown kind: questions are asked in plain form" }
    return "template \(chatFormat) (known)"
  }

  /// The description in lines for people.
  package var lines: [String] {
    let types = tensorTypes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let files = parts > 1 ? " in \(parts) files" : ""
    let coded = needs.codedKVBytesPerToken.map { ", \(Quantities.bytes($0)) on the wire in int8" } ?? ""
    return [
      "file        \(file) (\(Quantities.bytes(fileBytes))\(files))"
    ] + (sha256.map { ["sha256      \($0)"] } ?? []) + [
      "model       \(name), \(architecture), \(Quantities.count(parameters)) parameters",
      "runs        yes",
      "layers      \(layers), embedding \(embeddingLength), feed-forward \(feedForwardLength)",
      "attention   \(heads) heads, \(kvHeads) KV heads of \(headDimension)",
      "context     \(Quantities.count(contextTokens)) tokens, RoPE base \(Quantities.rate(ropeBase))",
      "tokenizer   \(tokenizer), \(Quantities.count(vocabulary)) tokens",
      "chat        \(chat)",
      "tensors     " + types.map { "\($0.value) \($0.key)" }.joined(separator: ", "),
      "KV cache    \(Quantities.bytes(kvBytesPerToken)) per token (bf16)\(coded)",
    ] + needs.lines
  }
}

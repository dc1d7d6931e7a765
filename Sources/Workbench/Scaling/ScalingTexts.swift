internal import Benchmarks
package import CommandLineSupport
internal import ParallelContext
internal import Runtime
internal import Tables
internal import Tokenizers
internal import Transformer

/// The text of a scaling benchmark, of which every run takes a beginning.
package struct ScalingTexts: Sendable {
  private let coding: Coding
  private let source: [Int32]
  private let contextLength: Int
  private let chunkTokens: Int
  /// The tokens before every chunk.
  package let sink: [Int32]
  /// Tokens before a chunk that it is read after.
  package let leftTokens: Int

  /// Functions between text and tokens.
  package struct Coding: Sendable {
    /// The tokens of a text.
    package var encode: @Sendable (_ utf8: [UInt8]) -> [Int32]
    /// The text of some tokens.
    package var decode: @Sendable ([Int32]) -> String
    /// The fitness of the place behind each token for a cut.
    package var boundaries: @Sendable ([Int32]) -> [UInt8]

    /// Functions as they are.
    package init(
      encode: @escaping @Sendable (_ utf8: [UInt8]) -> [Int32],
      decode: @escaping @Sendable ([Int32]) -> String,
      boundaries: @escaping @Sendable ([Int32]) -> [UInt8]
    ) {
      self.encode = encode
      self.decode = decode
      self.boundaries = boundaries
    }

    /// The functions of a tokenizer.
    init(_ tokenizer: Tokenizer) {
      self.init(
        encode: { tokenizer.encode(utf8: $0) },
        decode: { tokenizer.decode($0) },
        boundaries: { tokenizer.boundaries(of: $0) }
      )
    }
  }

  /// Reads the document, or makes one up.
  ///
  /// - Parameters:
  ///   - loaded: The model.
  ///   - request: The document and its cuts.
  /// - Throws: ``CommandFailure`` for a sink or a size that the model does not have.
  init(_ loaded: LoadedModel, _ request: ScalingRequest) throws {
    let tokenizer = try loaded.makeTokenizer()
    try self.init(
      request,
      sink: try reportingBadInput { try PromptWriter(tokenizer: tokenizer).sink(request.sink) },
      contextLength: loaded.model.configuration.contextLength,
      coding: Coding(tokenizer)
    )
  }

  /// Reads the document, or makes one up.
  ///
  /// - Parameters:
  ///   - request: The document and its cuts.
  ///   - sink: The tokens before every chunk.
  ///   - contextLength: The length for which the model was trained.
  ///   - coding: Functions between text and tokens.
  /// - Throws: ``CommandFailure`` for a size that does not fit the model.
  package init(
    _ request: ScalingRequest,
    sink: [Int32],
    contextLength: Int,
    coding: Coding
  ) throws(CommandFailure) {
    let (chunkTokens, leftTokens) = (request.chunkTokens, request.leftTokens)
    // Before lanes reserve memory for such a chunk.
    guard chunkTokens + leftTokens <= contextLength - sink.count else {
      throw CommandFailure(
        .badInput,
        "A chunk of \(chunkTokens) tokens, --chunk-tokens, and the \(leftTokens) before it, --left, do not fit: the model's "
          + "context of \(contextLength) tokens less the sink's \(sink.count) leaves \(max(0, contextLength - sink.count))."
      )
    }
    if let document = request.document {
      source = coding.encode(document.bytes)
    } else {
      // Read as one text, as the coordinator reads it: a paragraph's end depends on what follows.
      let text = BenchmarkText.paragraphs(tokens: request.madeUpTokens) { coding.encode(Array($0.utf8)) }
      source = coding.encode(Array(text.utf8))
    }
    self.coding = coding
    self.contextLength = contextLength
    self.chunkTokens = chunkTokens
    self.leftTokens = leftTokens
    self.sink = sink
  }

  /// The most tokens there are.
  package var availableTokens: Int { source.count }

  /// The document's beginning, of as many tokens.
  ///
  /// - Throws: ``CommandFailure`` when there are fewer, or when chunks do not fit the model.
  package func document(tokens count: Int) throws -> ScalingDocument {
    guard count <= source.count else {
      throw CommandFailure(
        .badInput,
        "The document has \(Quantities.count(source.count)) tokens and \(Quantities.count(count)) are needed: give "
          + "a longer one, or fewer --tokens."
      )
    }
    let bytes = beginning(count)
    let tokens = coding.encode(bytes)
    let plan = try reportingBadInput {
      try ContextPlan(
        boundaries: coding.boundaries(tokens),
        cutting: .size(chunkTokens),
        sinkTokens: sink,
        lead: Lead(left: leftTokens),
        contextLength: contextLength
      )
    }
    return ScalingDocument(bytes: bytes, tokens: tokens, plan: plan)
  }

  /// Text that is read as so many tokens: a cut within a word may be read otherwise than before, so the last few
  /// tokens may give way to words of one token each.
  private func beginning(_ count: Int) -> [UInt8] {
    for replaced in 0..<min(8, count) {
      let text =
        coding.decode(Array(source.prefix(count - replaced))) + String(repeating: " the", count: replaced)
      let bytes = Array(text.utf8)
      if coding.encode(bytes).count == count { return bytes }
    }
    return Array(coding.decode(Array(source.prefix(count))).utf8)
  }
}

internal import Benchmarks
package import CommandLineSupport
package import KVFormat
internal import Recordings
internal import Runtime
internal import Tokenizers
internal import Transformer
internal import Worker

/// Recording of some chunks of text, for a benchmark to replay.
package struct ChunkRecorder: Sendable {
  /// The model.
  package var model: ModelChoice
  /// The folder to record into.
  package var folder: String
  /// The number of chunks.
  package var chunks: Int
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// The content of their summaries.
  package var summaries: SummaryContent

  /// A recorder from its parts.
  package init(model: ModelChoice, folder: String, chunks: Int, chunkTokens: Int, summaries: SummaryContent) {
    self.model = model
    self.folder = folder
    self.chunks = chunks
    self.chunkTokens = chunkTokens
    self.summaries = summaries
  }

  /// Encodes the chunks on one lane and records them.
  ///
  /// - Throws: ``CommandFailure`` for a model, a size or a folder that does not do; what encoding throws.
  package func record() async throws {
    let loaded = try await model.load(for: ModelUse(answers: false, lanes: 1))
    let tokenizer = try loaded.makeTokenizer()
    let sink = try PromptWriter(tokenizer: tokenizer).sink(nil)
    let configuration = loaded.model.configuration
    try Self.check(
      chunkTokens: chunkTokens,
      sinkTokens: sink.count,
      contextTokens: configuration.contextLength
    )
    let folder = try RecordingFolder.opened(
      folder,
      RecordedModel(identity: loaded.identity, compute: loaded.model.compute)
    )
    let tokens = BenchmarkText.tokens(chunks * chunkTokens) { tokenizer.encode($0) }
    let assignments = stride(from: 0, to: tokens.count, by: chunkTokens).map { first in
      ChunkAssignment(
        Array(tokens[first..<first + chunkTokens]),
        behind: sink,
        of: configuration,
        summaries: summaries
      )
    }
    try loaded.record(assignments, into: folder)
  }

  /// Refuses chunks that do not fit the model.
  ///
  /// - Parameters:
  ///   - chunkTokens: Tokens of a chunk.
  ///   - sinkTokens: Tokens of the sink.
  ///   - contextTokens: The length for which the model was trained.
  /// - Throws: ``CommandFailure`` with code `badInput`.
  package static func check(
    chunkTokens: Int,
    sinkTokens: Int,
    contextTokens: Int
  ) throws(CommandFailure) {
    guard chunkTokens <= contextTokens - sinkTokens else {
      throw CommandFailure(
        .badInput,
        "A chunk of \(chunkTokens) tokens does not fit: the model's context of \(contextTokens) tokens less the sink's "
          + "\(sinkTokens) leaves \(max(0, contextTokens - sinkTokens))."
      )
    }
  }
}

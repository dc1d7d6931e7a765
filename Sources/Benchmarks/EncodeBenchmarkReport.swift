/// What `braid bench encode` found out. Times are in seconds, medians of the repetitions where nothing else is
/// said.
package struct EncodeBenchmarkReport: Codable, Sendable {
  /// Tokens encoded in a repetition, the sink not counted.
  package var tokens: Int
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// Tokens of the sink that every chunk attends to.
  package var sinkTokens: Int
  /// Chunks in a repetition.
  package var chunks: Int
  /// Chunks encoded at a time.
  package var lanes: Int
  /// The precision.
  package var compute: String
  /// How often the document was encoded.
  package var repetitions: Int
  /// From the first chunk's beginning to the last one's end.
  package var seconds: Double
  /// The fastest repetition.
  package var secondsFastest: Double
  /// The slowest repetition.
  package var secondsSlowest: Double
  /// Tokens a second of all lanes together.
  package var tokensPerSecond: Double
  /// Useful arithmetic, in billions of operations a second of all lanes together.
  package var gflops: Double
  /// The matrix library's own speed on the linear layers of this model, a lane, measured around each
  /// repetition with all lanes at once.
  package var gemmPeakGflops: Double
  /// The time that the useful arithmetic takes at the matrix library's speed, over the time taken.
  package var flopsUtilization: Double
  /// Where the time of a lane goes, from a run of its own with clocks between the stages.
  package var stages: [StageShare]
  /// The version of the matrix library.
  package var onednn: String
  /// Tokens a second in bf16 in the same run, in turn, for another precision.
  package var bf16TokensPerSecond: Double?
  /// How much faster than bf16 that is.
  package var speedupOverBf16: Double?
  /// How llama.cpp did in the same run, in turn.
  package var llama: [LlamaResult]?
  /// How much faster this is than llama.cpp's fastest form.
  package var speedupOverLlama: Double?

  /// One stage's part.
  package struct StageShare: Codable, Sendable {
    /// Its name.
    package var stage: String
    /// Its part of the time, 0 to 1.
    package var share: Double
  }

  /// One form of the model in llama.cpp.
  package struct LlamaResult: Codable, Sendable {
    /// The file's name.
    package var model: String
    /// Tokens of the prompt.
    package var promptTokens: Int
    /// Threads.
    package var threads: Int
    /// Prompt tokens a second.
    package var tokensPerSecond: Double

    /// Makes a result from its parts.
    package init(model: String, promptTokens: Int, threads: Int, tokensPerSecond: Double) {
      self.model = model
      self.promptTokens = promptTokens
      self.threads = threads
      self.tokensPerSecond = tokensPerSecond
    }
  }
}

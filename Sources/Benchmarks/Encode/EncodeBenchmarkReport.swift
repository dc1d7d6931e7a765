internal import Tables

/// The results of `braid bench encode`. Times are in seconds, and medians of the repetitions unless noted
/// otherwise.
package struct EncodeBenchmarkReport: Encodable, Sendable {
  /// Tokens encoded in a repetition, the sink not counted.
  package var tokens: Int
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// Tokens of the sink that every chunk attends to.
  package var sinkTokens: Int
  /// Chunks in a repetition.
  package var chunks: Int
  /// The number of chunks encoded at a time.
  package var lanes: Int
  /// The precision of the computation.
  package var compute: String
  /// The number of measured repetitions.
  package var repetitions: Int
  /// The time from the start of the first chunk to the end of the last one.
  package var seconds: Double
  /// The time of the fastest repetition.
  package var secondsFastest: Double
  /// The time of the slowest repetition.
  package var secondsSlowest: Double
  /// Tokens per second of all lanes together.
  package var tokensPerSecond: Double
  /// Useful arithmetic of all lanes together, in 10^9 operations per second.
  package var gflops: Double
  /// The speed of the products alone on the linear layers of this model, in 10^9 operations per second and
  /// lane, measured around each repetition with all lanes at once.
  package var gemmPeakGflops: Double
  /// The most that a lane's core multiplies and adds in f32, in 10^9 operations per second, measured likewise.
  package var multiplyAddGflops: Double
  /// The time that the useful arithmetic takes at the speed of the products alone, over the time taken.
  package var flopsUtilization: Double
  /// The stages' shares of a lane's time, from a separate run with clocks between the stages.
  package var stages: [StageShare]
  /// The version of the matrix library.
  package var onednn: String
  /// The instruction set of the kernels.
  package var instructions: String
  /// The bytes of the linear layers' weights.
  package var weightBytes: Int
  /// The most resident memory that this process has had until it had encoded the document once, in bytes: with what
  /// loading took, and with the lanes.
  package var peakBytes: Int
  /// Tokens per second in bf16, measured in turn in the same run; nil unless another precision is compared.
  package var bf16TokensPerSecond: Double?
  /// ``tokensPerSecond`` over ``bf16TokensPerSecond``.
  package var speedupOverBf16: Double?
  /// The results of llama.cpp, measured in turn in the same run.
  package var llama: [LlamaResult]?
  /// ``tokensPerSecond`` over that of llama.cpp with the form of the model that is fastest there.
  package var speedupOverLlama: Double?

  /// The share of one stage.
  package struct StageShare: Encodable, Sendable {
    /// The stage's name.
    package var stage: String
    /// Its share of the time, from 0 to 1.
    package var share: Double
  }

  /// The result of llama.cpp with one form of the model.
  package struct LlamaResult: Encodable, Sendable {
    /// The model file's name.
    package var model: String
    /// Tokens of the prompt.
    package var promptTokens: Int
    /// The number of threads.
    package var threads: Int
    /// Prompt tokens per second.
    package var tokensPerSecond: Double

    package init(model: String, promptTokens: Int, threads: Int, tokensPerSecond: Double) {
      self.model = model
      self.promptTokens = promptTokens
      self.threads = threads
      self.tokensPerSecond = tokensPerSecond
    }

    private enum CodingKeys: String, CodingKey {
      case model, threads
      case promptTokens = "prompt_tokens"
      case tokensPerSecond = "tokens_per_second"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case tokens, chunks, lanes, compute, repetitions, seconds, gflops, stages, onednn, instructions, llama
    case chunkTokens = "chunk_tokens"
    case sinkTokens = "sink_tokens"
    case secondsFastest = "seconds_fastest"
    case secondsSlowest = "seconds_slowest"
    case tokensPerSecond = "tokens_per_second"
    case gemmPeakGflops = "gemm_peak_gflops"
    case multiplyAddGflops = "multiply_add_gflops"
    case flopsUtilization = "flops_utilization"
    case weightBytes = "weight_bytes"
    case peakBytes = "peak_bytes"
    case bf16TokensPerSecond = "bf16_tokens_per_second"
    case speedupOverBf16 = "speedup_over_bf16"
    case speedupOverLlama = "speedup_over_llama"
  }
}

extension EncodeBenchmarkReport {
  /// The report in lines.
  package var lines: [String] {
    func number(_ value: Double, _ places: Int) -> String { Quantities.decimal(value, places: places) }
    func percent(_ value: Double) -> String { number(100 * value, 1) + " %" }
    var lines = [
      "\(Quantities.count(tokens)) tokens in \(Quantities.counted(chunks, "chunk")) of \(chunkTokens) behind a sink of "
        + "\(sinkTokens), \(Quantities.counted(lanes, "lane")), \(compute), \(instructions), oneDNN \(onednn)",
      "  encode       \(number(seconds, 2)) s, \(Quantities.count(Int(tokensPerSecond.rounded()))) tokens/s "
        + "(median of \(repetitions); \(number(secondsFastest, 2)) to \(number(secondsSlowest, 2)) s)",
      "  arithmetic   \(number(gflops, 1)) GFLOP/s; the products alone \(number(gemmPeakGflops, 1)) a lane"
        + (compute == "f32" ? ", of \(number(multiplyAddGflops, 1)) that the core can multiply and add" : ""),
      "  utilization  \(percent(flopsUtilization)) of the limit",
      "  stages       " + stages.map { "\($0.stage) \(percent($0.share))" }.joined(separator: ", "),
    ]
    lines.append(
      "  memory       \(Quantities.bytes(weightBytes)) of weights, \(Quantities.bytes(peakBytes)) at most in all"
    )
    if let bf16TokensPerSecond, let speedupOverBf16 {
      lines.append(
        "  bf16         \(Quantities.count(Int(bf16TokensPerSecond.rounded()))) tokens/s in the same run: "
          + "\(compute) is \(number(speedupOverBf16, 2)) times as fast"
      )
    }
    for result in llama ?? [] {
      lines.append(
        "  llama.cpp    \(number(result.tokensPerSecond, 1)) tokens/s: \(result.model), "
          + "\(Quantities.count(result.promptTokens)) tokens, \(Quantities.counted(result.threads, "thread"))"
      )
    }
    if let speedupOverLlama {
      lines.append("  ratio        \(number(speedupOverLlama, 2)) times llama.cpp's fastest")
    }
    return lines
  }
}

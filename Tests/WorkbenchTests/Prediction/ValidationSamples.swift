internal import APITypes

/// Encodings as a coordinator sums them up.
enum ValidationSamples {
  static func summary(seconds: Double, computeSecondsMean: Double, workers: Int) -> EncodeSummary {
    EncodeSummary(
      document: DocumentFigures(tokens: 2000, chunks: 2, chunkTokens: 1000, sinkTokens: 24),
      encode: EncodeFigures(
        seconds: seconds,
        waitSeconds: 0,
        tokensPerSecond: 2000 / seconds,
        computeSecondsMax: computeSecondsMean,
        computeSecondsMean: computeSecondsMean,
        wallOverCompute: nil,
        wireSeconds: 0,
        mergeSeconds: 0,
        wireBytes: 2000,
        retries: 0
      ),
      workers: (0..<workers).map { WorkerFigures(id: "w\($0)", chunks: 1, tokensPerSecond: 1) }
    )
  }
}

internal import Memory
package import ParallelContext
package import Transformer

/// The speed of matrix products alone on a model's shapes, oneDNN's or, for int8 without VNNI, Braid's own: the limit to
/// which encoding is compared.
package struct GEMMPeak: Sendable, Equatable {
  /// The shape of one product.
  package struct Shape: Sendable, Hashable {
    /// The width of an input row.
    package var inputs: Int
    /// The width of an output row.
    package var outputs: Int
    /// The element type of the weights.
    package var element: ElementType

    package init(inputs: Int, outputs: Int, element: ElementType) {
      self.inputs = inputs
      self.outputs = outputs
      self.element = element
    }
  }

  /// The rate of each shape on one core, in 10^9 operations per second.
  package var rates: [Shape: Double]
  /// The most that the core multiplies and adds in f32, in 10^9 operations per second: the limit of the matrix library
  /// itself; 0 where it was not measured.
  package var multiplyAdd: Double

  package init(rates: [Shape: Double], multiplyAdd: Double = 0) {
    self.rates = rates
    self.multiplyAdd = multiplyAdd
  }

  /// Measures every shape of linear layer that a model has, on the calling thread.
  ///
  /// The weights of one layer are used repeatedly, so that they are as near as they can be. The rate is the
  /// median of several runs, at the number of rows for which it is highest.
  ///
  /// - Parameters:
  ///   - layers: The layers, at least one of each shape.
  ///   - seconds: The approximate time for which each shape is run.
  /// - Returns: The rates.
  /// - Throws: ``ModelError`` when memory cannot be allocated or the matrix library reports an error.
  package static func measured(on layers: [LinearLayer], seconds: Double) throws(ModelError) -> GEMMPeak {
    let products = try ProductCache(threads: 1)
    var rates: [Shape: Double] = [:]
    for layer in layers {
      let shape = Shape(inputs: layer.inputs, outputs: layer.outputs, element: layer.element)
      guard rates[shape] == nil else { continue }
      let most = rowCounts.max() ?? 1
      let source = try AlignedBuffer.allocated(most * layer.inputs * layer.element.byteCount)
      // A small value in every type: 0x3c3c is 0.011 in bf16 and in the upper half of an f32.
      for index in 0..<source.byteCount { source.mutableBytes[index] = 0x3c }
      let result = try AlignedBuffer.allocated(most * layer.outputs * 4)
      var best = 0.0
      for rows in rowCounts {
        let operations = 2 * Double(rows) * Double(layer.inputs) * Double(layer.outputs)
        func run() throws(ModelError) -> Double {
          let began = monotonicSeconds()
          try products.run(layer, rows: rows, src: source.base, dst: result.base)
          return monotonicSeconds() - began
        }
        _ = try run()
        let share = seconds / Double(rowCounts.count)
        let end = monotonicSeconds() + share
        var samples: [Double] = []
        while samples.count < 5 || monotonicSeconds() < end { samples.append(try run()) }
        best = max(best, operations / median(samples) * 1e-9)
      }
      rates[shape] = best
    }
    return GEMMPeak(rates: rates, multiplyAdd: multiplyAddRate())
  }

  /// Measures how fast the calling thread multiplies and adds vectors of f32 in registers.
  private static func multiplyAddRate() -> Double {
    // Some hundred microseconds each.
    let samples = (0..<9).map { _ in
      let began = monotonicSeconds()
      let operations = multiplyAddOperations(rounds: 100_000)
      return operations / max(1e-9, monotonicSeconds() - began) * 1e-9
    }
    return median(samples)
  }

  private static let rowCounts = [DecoderPass.blockRows, 2 * DecoderPass.blockRows]

  /// Returns the mean of the peaks of several lanes that ran at the same time.
  package static func mean(_ peaks: [GEMMPeak]) -> GEMMPeak {
    var rates: [Shape: Double] = [:]
    for peak in peaks {
      for (shape, rate) in peak.rates { rates[shape, default: 0] += rate / Double(peaks.count) }
    }
    let multiplyAdd = peaks.reduce(0) { $0 + $1.multiplyAdd } / Double(max(1, peaks.count))
    return GEMMPeak(rates: rates, multiplyAdd: multiplyAdd)
  }
}

extension Model {
  /// Layers on which to measure products alone: the packed ones of all blocks, or made-up ones of the same
  /// shapes where the weights are kept as they are in the file.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated or the matrix library reports an error.
  package func packedLayers() throws(ModelError) -> [LinearLayer] {
    guard form == .compact else { return linearLayers.compactMap(\.packed) }
    let memory = WeightMemory()
    return try configuration.linearShapes.map { shape throws(ModelError) in
      try LinearLayer(madeUp: shape, compute.weights, in: memory)
    }
  }
}

extension LinearLayer {
  /// Makes a layer whose weights differ enough to be rounded like any others.
  ///
  /// - Parameters:
  ///   - shape: Its shape.
  ///   - element: The type of its weights.
  ///   - memory: Receives the packed weights.
  /// - Throws: ``ModelError`` when memory cannot be allocated or the matrix library reports an error.
  package convenience init(
    madeUp shape: LinearShape,
    _ element: ElementType,
    in memory: WeightMemory
  ) throws(ModelError) {
    let inputs = shape.inputs
    try self.init(
      inputs: inputs,
      outputs: shape.outputs,
      element: element,
      memory: memory,
      scratch: PackingScratch(partBytes: 8 << 20)
    ) { (part, start) throws(ModelError) in
      for index in 0..<part.count * inputs {
        start[index] = Float((part.lowerBound * inputs + index) % 251) / 251 - 0.5
      }
    }
  }
}

extension InProcessEncoder {
  /// Measures products alone with all lanes at work.
  ///
  /// - Parameter layers: The layers, at least one of each shape.
  /// - Returns: The mean of the lanes.
  /// - Throws: ``ModelError`` when the matrix library refuses.
  package func peak(of layers: [LinearLayer]) async throws -> GEMMPeak {
    .mean(try await onEveryLane { _ in try GEMMPeak.measured(on: layers, seconds: 0.05) })
  }
}

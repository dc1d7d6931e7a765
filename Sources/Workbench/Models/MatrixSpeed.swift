internal import Benchmarks
internal import CommandLineSupport
package import KVFormat
internal import Memory
internal import Threads
package import Transformer

/// A measurement of the matrix library on layers of one shape, on several threads at once as lanes run it.
package struct MatrixSpeed: Sendable {
  /// The shape of the layer.
  package var shape: LinearShape
  /// The number of threads.
  package var threads: Int

  /// A measurement from its parts.
  package init(shape: LinearShape, threads: Int) {
    self.shape = shape
    self.threads = max(1, threads)
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - precision: The precision of the layer, one that the processor has.
  ///   - seconds: About the time that it takes.
  /// - Returns: The rate of all threads together, in 10^9 operations a second.
  /// - Throws: ``CommandFailure`` where memory or threads cannot be had or the matrix library fails.
  package func rate(_ precision: Precision, seconds: Double) async throws -> Double {
    do {
      let layer = try layer(precision)
      return try await withThrowingTaskGroup(of: Double.self) { group in
        for index in 0..<threads {
          let thread = try JobThread(name: "measure-\(index)")
          group.addTask {
            defer { thread.stop() }
            return try await withCheckedThrowingContinuation { continuation in
              thread.run {
                continuation.resume(with: Result { try Self.rate(layer, seconds: seconds) })
              }
            }
          }
        }
        return try await group.reduce(0, +)
      }
    } catch let error as ModelError {
      throw CommandFailure(.failed, "The measurement failed: \(error.message).", cause: error)
    } catch is NoThread {
      throw CommandFailure(.failed, "The measurement failed: no more threads can be started.")
    }
  }

  /// A layer whose weights are all different enough to be rounded like any others.
  private func layer(_ precision: Precision) throws(ModelError) -> LinearLayer {
    let count = shape.inputs * shape.outputs
    let rows = try AlignedBuffer.allocated(count * MemoryLayout<Float>.stride)
    let weights = rows.base.assumingMemoryBound(to: Float.self)
    for index in 0..<count { weights[index] = Float(index % 251) / 251 - 0.5 }
    return try LinearLayer(
      rows: weights,
      inputs: shape.inputs,
      outputs: shape.outputs,
      element: precision.weights,
      memory: WeightMemory()
    )
  }

  private static func rate(_ layer: LinearLayer, seconds: Double) throws -> Double {
    try GEMMPeak.measured(on: [layer], seconds: seconds).rates.values.first ?? 0
  }
}

internal import Benchmarks
internal import CommandLineSupport
package import KVFormat
internal import Threads
package import Transformer

/// A measurement of matrix products with layers of some shapes, on several threads at once as lanes run it.
package struct MatrixSpeed: Sendable {
  /// The shapes of the layers.
  package var shapes: [LinearShape]
  /// The number of threads.
  package var threads: Int

  /// A measurement from its parts.
  package init(shapes: [LinearShape], threads: Int) {
    self.shapes = shapes
    self.threads = max(1, threads)
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - precision: The precision of the layers, one that the processor has.
  ///   - seconds: About the time that it takes.
  /// - Returns: The rate of all threads together for each shape, in 10^9 operations a second.
  /// - Throws: ``CommandFailure`` where memory or threads cannot be had or the matrix library fails.
  package func rates(_ precision: Precision, seconds: Double) async throws -> [Double] {
    do {
      let memory = WeightMemory()
      let layers = try shapes.map { shape throws(ModelError) in
        try LinearLayer(madeUp: shape, precision.weights, in: memory)
      }
      let share = seconds / Double(max(1, Set(shapes).count))
      let peaks = try await withThrowingTaskGroup(of: GEMMPeak.self) { group in
        for index in 0..<threads {
          let thread = try JobThread(name: "measure-\(index)")
          group.addTask {
            defer { thread.stop() }
            return try await withCheckedThrowingContinuation { continuation in
              thread.run {
                continuation.resume(with: Result { try GEMMPeak.measured(on: layers, seconds: share) })
              }
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let mean = GEMMPeak.mean(peaks)
      return layers.map { layer in
        let shape = GEMMPeak.Shape(inputs: layer.inputs, outputs: layer.outputs, element: layer.element)
        return (mean.rates[shape] ?? 0) * Double(threads)
      }
    } catch let error as ModelError {
      throw CommandFailure(.failed, "The measurement failed: \(error.message).", cause: error)
    } catch is NoThread {
      throw CommandFailure(.failed, "The measurement failed: no more threads can be started.")
    }
  }
}

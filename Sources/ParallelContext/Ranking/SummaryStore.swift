internal import KVFormat
internal import Synchronization
internal import Threads
internal import Transformer

/// The summaries of a document's chunks: those that came with them, otherwise made on first demand.
final class SummaryStore: Sendable {
  private let known: Mutex<[ChunkSummary]>

  init(_ summaries: [ChunkSummary]) { known = Mutex(summaries) }

  /// The summaries of the chunks, which are the same in every call.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  func summaries(
    of chunks: [KVCache],
    pairing: RotaryConfiguration.Pairing,
    content: SummaryContent,
    threads: Int
  ) throws(ModelError) -> [ChunkSummary] {
    let before = known.withLock { $0 }
    if !before.isEmpty, before.allSatisfy({ [content, .all].contains($0.shape.content) }) { return before }
    let found = Mutex([Result<ChunkSummary, ModelError>?](repeating: nil, count: chunks.count))
    inParallel(threads: threads, count: chunks.count) { _, index in
      let result = Result { () throws(ModelError) in
        try ChunkSummary(of: chunks[index], pairing: pairing, content: content)
      }
      found.withLock { $0[index] = result }
    }
    var summaries: [ChunkSummary] = []
    for case .some(let result) in found.withLock({ $0 }) { summaries.append(try result.get()) }
    known.withLock { $0 = summaries }
    return summaries
  }
}

internal import APITypes
internal import Coordinator
internal import KVFormat
internal import Logging
internal import Memory
internal import ParallelContext
internal import Tokenizers
internal import Transformer

extension CoordinatorNode {
  /// Reads and cuts a document.
  nonisolated func prepare(
    _ submission: DocumentSubmission,
    bytes: [UInt8]
  ) async throws(ServiceError) -> PreparedDocument {
    let model = loaded.model.configuration
    let (text, replacements) = UTF8Repair.repaired(bytes)
    let tokens = prompts.tokenizer.encode(utf8: text)
    let sink = try prompts.sink(submission.sink)
    do throws(ContextError) {
      let plan = try ContextPlan(
        boundaries: prompts.tokenizer.boundaries(of: tokens),
        requestedTokens: submission.chunkTokens,
        usualTokens: configuration.chunkTokens,
        leftTokens: submission.leftTokens,
        lanes: max(configuration.expectedLanes, connectedLanes()),
        sinkTokens: sink,
        contextLength: model.contextLength
      )
      let summaries = submission.summaries ?? configuration.summaries
      return PreparedDocument(
        tokens: tokens,
        plan: plan,
        replacedBytes: replacements,
        byteCount: ReceivedChunks(plan, of: model, summaries: summaries).byteCount,
        workerLimit: submission.workers,
        wire: submission.wire ?? configuration.wire,
        summaries: summaries
      )
    } catch {
      throw ServiceError(.badInput, error.message)
    }
  }

  private nonisolated func connectedLanes() -> Int {
    hub.workers().reduce(0) { $0 + ($1.state == .connected ? $1.lanes : 0) }
  }

  /// Has a document encoded by the workers and merges what they send.
  func encode(_ id: String, prepared: PreparedDocument) async {
    do {
      let sink = try await encodedSink(prepared.plan.sinkTokens)
      let model = loaded.model.configuration
      var received = ReceivedChunks(prepared.plan, of: model, summaries: prepared.summaries)
      let job = HubJob(
        id: id,
        sinkTokens: prepared.plan.sinkTokens,
        chunks: prepared.plan.chunks.map { Array(prepared.tokens[$0]) },
        leads: prepared.plan.chunks.indices.map { Array(prepared.tokens[prepared.plan.lead(of: $0)]) },
        shape: KVShape(model),
        workerLimit: prepared.workerLimit,
        wire: prepared.wire,
        summary: prepared.summaries,
        summaryByteCounts: received.summaryByteCounts
      )
      for await event in try hub.submit(job) {
        guard entries[id] != nil else {
          hub.cancel(job: id)
          return
        }
        switch event {
        case .leased:
          let now = monotonicSeconds()
          update(id) { entry in
            entry.tally.leased(at: now)
            entry.status.state = .encoding
          }
        case .progress: break
        case .retried(let chunk, let reason):
          logger.notice(
            "a chunk is encoded again",
            metadata: ["document": "\(id)", "chunk": "\(chunk)", "reason": "\(reason)"]
          )
          update(id) { entry in
            entry.tally.retried()
            entry.timeline.retried()
          }
        case .committed(let chunk, let block, let report):
          compare(sink.digest, report)
          let tokens = prepared.plan.chunks[chunk].count
          let bytes = try received.take(block, of: chunk)
          update(id) { entry in
            entry.tally.committed(tokens: tokens, bytes: bytes, report: report)
            entry.timeline.committed(
              chunk,
              tokens: tokens,
              leadTokens: prepared.plan.lead(of: chunk).count,
              report: report
            )
            entry.status.chunksDone = entry.tally.chunksDone
            entry.status.tokensDone = entry.tally.tokensDone
          }
        case .finished(let summary):
          entries[id]?.timeline.finished(copies: summary.copies)
          try finish(id, received, behind: sink.cache)
        case .failed(let error):
          fail(id, error.description)
        }
      }
      if entries[id]?.context == nil {
        fail(id, "the coordinator was shut down before the document was encoded")
      }
    } catch {
      fail(id, "\(error)")
    }
  }

  private func finish(_ id: String, _ chunks: ReceivedChunks, behind sink: KVCache?) throws {
    let began = monotonicSeconds()
    let context = try chunks.merged(behind: sink)
    let now = monotonicSeconds()
    let lanes = Dictionary(hub.workers().map { ($0.id, $0.lanes) }, uniquingKeysWith: { first, _ in first })
    entries[id]?.context = context
    entries[id]?.status.state = .ready
    guard let tally = entries[id]?.tally else { return }
    let summary = tally.summary(at: now, mergeSeconds: now - began, lanes: lanes)
    logger.info(
      "document encoded",
      metadata: ["document": "\(id)", "tokens": "\(tally.tokens)", "seconds": "\(summary.encode.seconds)"]
    )
    entries[id]?.broadcast.send(.done(summary))
  }

  private func fail(_ id: String, _ message: String) {
    guard let entry = entries[id], entry.status.state != .failed, entry.status.state != .ready else { return }
    logger.warning("document failed", metadata: ["document": "\(id)", "reason": "\(message)"])
    entries[id]?.status.state = .failed
    entries[id]?.status.error = message
    entries[id]?.broadcast.send(.failed(message: message))
  }

  /// Changes an entry and tells its readers.
  private func update(_ id: String, _ change: (inout DocumentEntry) -> Void) {
    guard var entry = entries[id] else { return }
    change(&entry)
    let workers = hub.workers().count { $0.state == .connected }
    entry.broadcast.send(.progress(entry.tally.progress(at: monotonicSeconds(), workers: workers)))
    entries[id] = entry
  }

  /// A sink's cache, encoded once and kept: chunks of all documents with that sink stand behind the same one.
  private func encodedSink(_ tokens: [Int32]) async throws -> EncodedSink {
    if let known = sinks[tokens] { return known }
    let model = loaded.model
    let sink = try await compute.run {
      setComputeThreads(1)
      let encoder = try ChunkEncoder(model: model, kvType: .bf16, tokens: max(1, tokens.count))
      let cache = try encoder.encodeSink(tokens)
      return EncodedSink(cache: cache, digest: sinkDigest(cache))
    }
    // A coordinator sees few sinks; a client that makes up many must not fill its memory.
    if sinks.count >= 16 { sinks.removeAll() }
    sinks[tokens] = sink
    return sink
  }
}

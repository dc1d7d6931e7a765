internal import APITypes
internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Logging
internal import Memory
internal import ParallelContext
internal import Scheduling
internal import Tokenizers
internal import Transformer

extension CoordinatorNode {
  /// Reads and cuts a document.
  nonisolated func prepare(
    _ submission: DocumentSubmission,
    bytes: [UInt8]
  ) async throws(ServiceError) -> PreparedDocument {
    let served = try model(named: submission.model)
    let (model, prompts) = (served.loaded.model.configuration, served.prompts)
    let (text, replacements) = UTF8Repair.repaired(bytes)
    let tokens = prompts.tokenizer.encode(utf8: text)
    let sink = try prompts.sink(submission.sink)
    do throws(ContextError) {
      let plan = try ContextPlan(
        boundaries: prompts.tokenizer.boundaries(of: tokens),
        requestedTokens: submission.chunkTokens,
        usualTokens: configuration.chunkTokens,
        lead: try lead(of: submission),
        lanes: max(configuration.expectedLanes, connectedLanes(served.index)),
        sinkTokens: sink,
        contextLength: model.contextLength
      )
      let summaries = submission.summaries ?? configuration.summaries
      let received = ReceivedChunks(plan, of: model, summaries: summaries)
      return PreparedDocument(
        model: served,
        tokens: tokens,
        plan: plan,
        replacedBytes: replacements,
        byteCount: received.byteCount,
        hiddenByteCount: received.hiddenByteCount,
        workerLimit: submission.workers,
        wire: submission.wire ?? configuration.wire,
        summaries: summaries
      )
    } catch {
      throw ServiceError(.badInput, error.message, cause: error)
    }
  }

  /// The tokens behind which a document's chunks are to be encoded.
  private nonisolated func lead(of submission: DocumentSubmission) throws(ContextError) -> Lead {
    let left = Lead(left: submission.leftTokens)
    switch submission.anchor {
    case nil: return left
    case .some where left != .nothing:
      throw ContextError(
        .badInput,
        "chunks are encoded behind an anchor or behind the tokens to their left: choose one of them"
      )
    case .chunk: return .anchor(nil)
    case .tokens(let count): return .anchor(count)
    }
  }

  /// The lanes of connected workers that have a model.
  private nonisolated func connectedLanes(_ model: ModelIndex) -> Int {
    hub.workers().lazy.filter { $0.state == .connected && $0.models.contains(model) }.reduce(0) {
      $0 + $1.lanes
    }
  }

  /// Lets the workers encode a document, and merges the chunks that they send.
  func encode(_ id: String, prepared: PreparedDocument) async {
    do {
      let served = prepared.model
      let sink = try await encodedSink(prepared.plan.sinkTokens, by: served)
      let model = served.loaded.model.configuration
      var received = ReceivedChunks(prepared.plan, of: model, summaries: prepared.summaries)
      let job = HubJob(
        id: id,
        model: served.index,
        sinkTokens: prepared.plan.sinkTokens,
        chunks: prepared.plan.chunks.map { Array(prepared.tokens[$0]) },
        leads: prepared.plan.chunks.indices.map { Array(prepared.tokens[prepared.plan.lead(of: $0)]) },
        positions: prepared.plan.chunks.indices.map { prepared.plan.base(of: $0) },
        shape: KVShape(chunksOf: model),
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
        case .leased: apply(.leased, to: id)
        case .progress: break
        case .retried(let chunk, let reason):
          logger.notice(
            "a chunk is encoded again",
            metadata: ["document": "\(id)", "chunk": "\(chunk)", "reason": "\(reason)"]
          )
          apply(.retried, to: id)
        case .committed(let chunk, let block, let report):
          compare(SinkKey(model: served.index, tokens: prepared.plan.sinkTokens), report)
          let bytes = try received.take(block, of: chunk)
          let (tokens, lead) = (prepared.plan.chunks[chunk].count, prepared.plan.lead(of: chunk).count)
          apply(
            .committed(chunk: chunk, tokens: tokens, leadTokens: lead, bytes: bytes, report: report),
            to: id
          )
        case .finished(let summary):
          apply(.encoded(copies: summary.copies), to: id)
          try finish(id, received, behind: sink.cache)
        case .failed(let error):
          fail(id, error.message)
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
    let seconds = monotonicSeconds() - began
    let lanes = Dictionary(hub.workers().map { ($0.id, $0.lanes) }, uniquingKeysWith: { first, _ in first })
    entries[id]?.context = context
    guard case .done(let summary)? = apply(.merged(seconds: seconds, lanes: lanes), to: id) else { return }
    logger.info(
      "document encoded",
      metadata: [
        "document": "\(id)", "tokens": "\(summary.document.tokens)", "seconds": "\(summary.encode.seconds)",
      ]
    )
  }

  private func fail(_ id: String, _ message: String) {
    guard apply(.failed(message), to: id) != nil else { return }
    logger.warning("document failed", metadata: ["document": "\(id)", "reason": "\(message)"])
  }

  /// Applies an event to a document and sends the result to the document's readers.
  ///
  /// - Returns: The event that they get; nil for none and for a document that is gone.
  @discardableResult
  private func apply(_ event: DocumentProgress.Event, to id: String) -> DocumentEvent? {
    guard let workers = entries[id].map(workers(of:)),
      let told = entries[id]?.progress.apply(event, at: monotonicSeconds(), workers: workers)
    else { return nil }
    entries[id]?.broadcast.send(told)
    return told
  }

  /// The cache of a sink, encoded once and kept: chunks of all documents with that sink and model share it.
  private func encodedSink(_ tokens: [Int32], by served: ServedModel) async throws -> EncodedSink {
    let key = SinkKey(model: served.index, tokens: tokens)
    if let known = sinks[key] { return known }
    let model = served.loaded.model
    let sink = try await compute.run {
      let encoder = try ChunkEncoder(model: model, kvType: .bf16, tokens: max(1, tokens.count))
      let cache = try encoder.encodeSink(tokens)
      guard model.form != .compact else { return EncodedSink(cache: cache) }
      return EncodedSink(
        cache: cache,
        reference: .init(digest: sinkDigest(cache), compute: model.compute.rawValue, encoder: .coordinator)
      )
    }
    // A coordinator sees few sinks; a client that makes up many must not fill its memory.
    if sinks.count >= 16 { sinks.removeAll() }
    sinks[key] = sink
    return sink
  }
}

internal import APITypes
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Scheduling
internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A document that was read and cut, before it is encoded.
struct PreparedDocument: Sendable {
  /// The model that it belongs to: tokens, plan and KV caches are this model's.
  var model: ServedModel
  var tokens: [Int32]
  var plan: ContextPlan
  var replacedBytes: Int
  /// The bytes of its keys and values, and of the summaries that come with them.
  var byteCount: Int
  /// The bytes of keys and values that no later question can see, in layers with a window.
  var hiddenByteCount: Int
  /// The most workers that share it; nil for all.
  var workerLimit: Int?
  /// The coding of the keys and values on the wire.
  var wire: CodecChoice
  /// The content of the summaries.
  var summaries: SummaryContent
}

/// A sink of one model.
struct SinkKey: Hashable, Sendable {
  var model: ModelIndex
  var tokens: [Int32]
}

/// A sink's cache.
struct EncodedSink: Sendable {
  var cache: KVCache?
  /// What the sinks of workers should be; nil until the first worker tells where the coordinator's own says nothing of it.
  var reference: SinkComparison.Reference?
}

/// A document as the coordinator holds it.
struct DocumentEntry: Sendable {
  var progress: DocumentProgress
  var broadcast = EventBroadcast()
  /// The merged caches, once all chunks are here.
  var context: MergedContext?
  /// The model that it belongs to.
  let model: ServedModel
  /// Its tokens, for methods that read them and for the passages of an explanation.
  let tokens: [Int32]
  /// The task that encodes it.
  var task: Task<Void, Never>?
  /// The bytes of keys and values, and of their summaries, that it has or will have.
  let byteCount: Int

  init(id: String, submission: DocumentSubmission, prepared: PreparedDocument, began: Double) {
    let plan = prepared.plan
    byteCount = prepared.byteCount
    tokens = prepared.tokens
    model = prepared.model
    let isShrunk = if case .count = plan.cutting { true } else { false }
    progress = DocumentProgress(
      status: DocumentStatus(
        id: id,
        name: submission.name,
        model: prepared.model.id,
        state: .queued,
        tokens: plan.tokens,
        chunks: plan.chunks.count,
        sinkTokens: plan.sinkTokens.count,
        created: time(nil),
        replacedInvalidBytes: prepared.replacedBytes == 0 ? nil : prepared.replacedBytes
      ),
      figures: DocumentFigures(
        tokens: plan.tokens,
        chunks: plan.chunks.count,
        chunkTokens: plan.chunkTokens,
        chunksShrunk: isShrunk,
        sinkTokens: plan.sinkTokens.count,
        hiddenBytes: prepared.hiddenByteCount == 0 ? nil : prepared.hiddenByteCount
      ),
      began: began
    )
  }
}

/// Makes a new document's id: a UUID, which is also its job's number on the wire.
func documentID() -> String {
  var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
  bytes[6] = bytes[6] & 0x0f | 0x40
  bytes[8] = bytes[8] & 0x3f | 0x80
  let digits = Array("0123456789abcdef")
  var text = ""
  for (index, byte) in bytes.enumerated() {
    if [4, 6, 8, 10].contains(index) { text.append("-") }
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return text
}

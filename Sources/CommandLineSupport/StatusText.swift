package import APITypes
internal import Tables

/// Tables of a coordinator's documents and workers.
package enum StatusText {
  /// Returns a table with a line for each document. Ages are counted to `now`, in seconds since 1970.
  package static func documents(_ documents: [DocumentStatus], now: Int) -> [String] {
    guard !documents.isEmpty else { return ["no documents"] }
    var table = Table([
      ("id", .left), ("state", .left), ("tokens", .right), ("chunks", .right), ("age", .right),
      ("name", .left),
    ])
    for document in documents {
      let chunks =
        document.state == .encoding
        ? "\(document.chunksDone)/\(document.chunks)" : Quantities.count(document.chunks)
      let name = document.name + (document.error.map { ": \($0)" } ?? "")
      table.add([
        document.id, document.state.rawValue, Quantities.count(document.tokens), chunks,
        Quantities.clock(max(0, Double(now) - Double(document.created))), name,
      ])
    }
    return table.lines
  }

  /// Returns a table with a line for each worker.
  package static func workers(_ workers: [WorkerStatus]) -> [String] {
    guard !workers.isEmpty else { return ["no workers"] }
    var table = Table([
      ("id", .left), ("name", .left), ("state", .left), ("lanes", .right), ("compute", .left),
      ("chunks", .right), ("tokens/s", .right), ("failures", .right), ("seen", .right),
    ])
    for worker in workers {
      table.add([
        worker.id, worker.name, worker.state.rawValue, "\(worker.lanesBusy)/\(worker.lanes)",
        worker.replayed == true ? "REPLAY of \(worker.compute)" : worker.compute,
        Quantities.count(worker.chunks), Quantities.rate(worker.tokensPerSecond),
        Quantities.count(worker.failures), Quantities.seconds(worker.lastSeenSeconds),
      ])
    }
    return table.lines
  }

  /// Returns a summary of a coordinator in a few lines.
  package static func coordinator(_ status: CoordinatorStatus) -> [String] {
    let replayed =
      status.workersReplayed.map { ", \($0) of them REPLAY recorded chunks and compute nothing" } ?? ""
    return [
      "braid      \(status.version), up \(Quantities.seconds(status.uptimeSeconds))",
      "model      \(status.model) (sha256 \(status.modelSHA256.prefix(12)))",
      "workers    \(status.workers) with \(Quantities.counted(status.lanes, "lane")), dial \(status.controlAddress)\(replayed)",
      "chunks     \(Quantities.count(status.chunksQueued)) waiting, \(Quantities.count(status.chunksLeased)) being encoded",
      "documents  \(status.documents), \(Quantities.bytes(status.kvBytes)) of KV cache",
    ] + (status.workersPortProblem.map { ["problem    \($0)"] } ?? [])
  }
}

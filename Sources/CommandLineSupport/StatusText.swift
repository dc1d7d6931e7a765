package import APITypes
internal import Tables

/// Tables of a coordinator's documents and workers.
package enum StatusText {
  /// Returns a table with a line for each document. Ages are counted to `now`, in seconds since 1970.
  package static func documents(_ documents: [DocumentStatus], now: Int) -> [String] {
    guard !documents.isEmpty else { return ["no documents"] }
    // Of one model there is nothing to be told.
    let showsModel = Set(documents.map(\.model)).count > 1
    var columns: [(title: String, alignment: Table.Alignment)] = [
      ("id", .left), ("state", .left), ("tokens", .right), ("chunks", .right), ("age", .right),
    ]
    if showsModel { columns.append(("model", .left)) }
    columns.append(("name", .left))
    var table = Table(columns)
    for document in documents {
      let chunks =
        document.state == .encoding
        ? "\(document.chunksDone)/\(document.chunks)" : Quantities.count(document.chunks)
      let note = document.error ?? document.waiting.map { "waits, \($0)" }
      let name = document.name + (note.map { ": \($0)" } ?? "")
      var cells = [
        document.id, document.state.rawValue, Quantities.count(document.tokens), chunks,
        Quantities.clock(max(0, Double(now) - Double(document.created))),
      ]
      if showsModel { cells.append(document.model ?? "") }
      table.add(cells + [name])
    }
    return table.lines
  }

  /// Returns a table with a line for each worker.
  package static func workers(_ workers: [WorkerStatus]) -> [String] {
    guard !workers.isEmpty else { return ["no workers"] }
    let showsModels = Set(workers.map(\.models)).count > 1
    var columns: [(title: String, alignment: Table.Alignment)] = [
      ("id", .left), ("name", .left), ("state", .left), ("lanes", .right), ("compute", .left),
      ("chunks", .right), ("tokens/s", .right), ("failures", .right), ("seen", .right),
    ]
    if showsModels { columns.append(("models", .left)) }
    var table = Table(columns)
    for worker in workers {
      let cells = [
        worker.id, worker.name, worker.state.rawValue, "\(worker.lanesBusy)/\(worker.lanes)",
        worker.replayed == true ? "REPLAY of \(worker.compute)" : worker.compute,
        Quantities.count(worker.chunks), Quantities.rate(worker.tokensPerSecond),
        Quantities.count(worker.failures), Quantities.seconds(worker.lastSeenSeconds),
      ]
      table.add(showsModels ? cells + [(worker.models ?? []).joined(separator: ", ")] : cells)
    }
    return table.lines
  }

  /// Returns a summary of a coordinator in a few lines.
  package static func coordinator(_ status: CoordinatorStatus) -> [String] {
    let replayed =
      status.workersReplayed.map { ", \($0) of them REPLAY recorded chunks and compute nothing" } ?? ""
    var lines = ["braid      \(status.version), up \(Quantities.seconds(status.uptimeSeconds))"]
    if let models = status.models, models.count > 1 {
      lines += models.map { line($0) }
    } else {
      lines.append("model      \(status.model) (sha256 \(status.modelSHA256.prefix(12)))")
    }
    lines += [
      "workers    \(status.workers) with \(Quantities.counted(status.lanes, "lane")), dial \(status.controlAddress)\(replayed)",
      "chunks     \(Quantities.count(status.chunksQueued)) waiting, \(Quantities.count(status.chunksLeased)) being encoded",
      "documents  \(status.documents), \(Quantities.bytes(status.kvBytes)) of KV cache",
    ]
    if let problem = status.workersPortProblem { lines.append("problem    \(problem)") }
    return lines
  }

  /// Returns the line of one of several models.
  private static func line(_ model: ModelStatus) -> String {
    let workers =
      model.workers == 0
      ? "no worker\(model.documents == 0 ? "" : ", so that documents wait")"
      : "\(Quantities.counted(model.workers, "worker")) with \(Quantities.counted(model.lanes, "lane"))"
    return "model      \(model.id) (sha256 \(model.sha256.prefix(12))): "
      + "\(Quantities.counted(model.documents, "document")), \(workers)"
  }
}

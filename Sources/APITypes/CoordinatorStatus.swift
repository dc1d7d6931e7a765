/// The state of a worker, as the coordinator sees it.
package enum WorkerState: String, Codable, Hashable, Sendable {
  /// Connected and waiting for work.
  case idle
  /// Encoding at least one chunk.
  case busy
  /// Not heard of for too long; its chunks went back to the queue.
  case lost
}

/// A worker as the coordinator knows it.
package struct WorkerStatus: Codable, Hashable, Sendable {
  /// The id that the coordinator gave it.
  package var id: String
  /// The name of the worker.
  package var name: String
  /// Its state.
  package var state: WorkerState
  /// The number of its lanes: of chunks that it can encode at a time.
  package var lanes: Int
  /// The number of lanes that encode.
  package var lanesBusy: Int
  /// Its compute precision.
  package var compute: String
  /// Chunks it has returned.
  package var chunks: Int
  /// Tokens of these chunks over its computing time.
  package var tokensPerSecond: Double
  /// Its attempts that failed or were taken away.
  package var failures: Int
  /// Seconds since it was last heard of.
  package var lastSeenSeconds: Double
  /// The names of the coordinator's models that it has; nil if not known.
  package var models: [String]?
  /// True for a worker that sends recordings instead of computing; nil for any other.
  package var replayed: Bool?

  package init(
    id: String,
    name: String,
    state: WorkerState,
    lanes: Int,
    lanesBusy: Int,
    compute: String,
    chunks: Int,
    tokensPerSecond: Double,
    failures: Int,
    lastSeenSeconds: Double,
    models: [String]? = nil,
    replayed: Bool? = nil
  ) {
    self.id = id
    self.name = name
    self.state = state
    self.lanes = lanes
    self.lanesBusy = lanesBusy
    self.compute = compute
    self.chunks = chunks
    self.tokensPerSecond = tokensPerSecond
    self.failures = failures
    self.lastSeenSeconds = lastSeenSeconds
    self.models = models
    self.replayed = replayed
  }

  private enum CodingKeys: String, CodingKey {
    case id, name, state, lanes, compute, chunks, failures, models, replayed
    case lanesBusy = "lanes_busy"
    case tokensPerSecond = "tokens_per_second"
    case lastSeenSeconds = "last_seen_seconds"
  }
}

/// A summary of the coordinator's state.
package struct CoordinatorStatus: Codable, Hashable, Sendable {
  /// Braid's version.
  package var version: String
  /// The name of the first model, which requests that name none get.
  package var model: String
  /// The SHA-256 of its file, in hexadecimal.
  package var modelSHA256: String
  /// All models, the first one first; nil if not known.
  package var models: [ModelStatus]?
  /// Seconds since it started.
  package var uptimeSeconds: Double
  /// The address that workers dial.
  package var controlAddress: String
  /// Workers connected.
  package var workers: Int
  /// Their lanes.
  package var lanes: Int
  /// Documents held.
  package var documents: Int
  /// Chunks waiting for a lane.
  package var chunksQueued: Int
  /// Chunks being encoded.
  package var chunksLeased: Int
  /// Bytes of KV cache held.
  package var kvBytes: Int
  /// Connected workers that send recordings instead of computing; nil when there are none.
  package var workersReplayed: Int?
  /// The reason why workers cannot connect; nil as long as they can.
  package var workersPortProblem: String?
  /// The connections at the workers' port; nil if not known.
  package var workersPort: PortTraffic?

  package init(
    version: String,
    model: String,
    modelSHA256: String,
    models: [ModelStatus]? = nil,
    uptimeSeconds: Double,
    controlAddress: String,
    workers: Int,
    lanes: Int,
    documents: Int,
    chunksQueued: Int,
    chunksLeased: Int,
    kvBytes: Int,
    workersReplayed: Int? = nil,
    workersPortProblem: String? = nil,
    workersPort: PortTraffic? = nil
  ) {
    self.version = version
    self.model = model
    self.modelSHA256 = modelSHA256
    self.models = models
    self.uptimeSeconds = uptimeSeconds
    self.controlAddress = controlAddress
    self.workers = workers
    self.lanes = lanes
    self.documents = documents
    self.chunksQueued = chunksQueued
    self.chunksLeased = chunksLeased
    self.kvBytes = kvBytes
    self.workersReplayed = workersReplayed
    self.workersPortProblem = workersPortProblem
    self.workersPort = workersPort
  }

  private enum CodingKeys: String, CodingKey {
    case version, model, models, workers, lanes, documents
    case modelSHA256 = "model_sha256"
    case uptimeSeconds = "uptime_seconds"
    case controlAddress = "control_address"
    case chunksQueued = "chunks_queued"
    case chunksLeased = "chunks_leased"
    case kvBytes = "kv_bytes"
    case workersReplayed = "workers_replayed"
    case workersPortProblem = "workers_port_problem"
    case workersPort = "workers_port"
  }
}

/// Counts of connections at a port.
package struct PortTraffic: Codable, Hashable, Sendable {
  /// Connections at this moment.
  package var open: Int
  /// Connections that were admitted so far.
  package var joined: Int
  /// Connections that were ended because they spoke another protocol, were slow, or sent something else than
  /// a message.
  package var refused: Int
  /// Connections that found no place, or lost theirs to others.
  package var crowdedOut: Int

  package init(open: Int, joined: Int, refused: Int, crowdedOut: Int) {
    self.open = open
    self.joined = joined
    self.refused = refused
    self.crowdedOut = crowdedOut
  }

  private enum CodingKeys: String, CodingKey {
    case open, joined, refused
    case crowdedOut = "crowded_out"
  }
}

/// Braid's version.
package let braidVersion = "0.1.0"

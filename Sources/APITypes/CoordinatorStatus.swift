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
    self.replayed = replayed
  }

  private enum CodingKeys: String, CodingKey {
    case id, name, state, lanes, compute, chunks, failures, replayed
    case lanesBusy = "lanes_busy"
    case tokensPerSecond = "tokens_per_second"
    case lastSeenSeconds = "last_seen_seconds"
  }
}

/// A summary of the coordinator's state.
package struct CoordinatorStatus: Codable, Hashable, Sendable {
  /// Braid's version.
  package var version: String
  /// The model's name.
  package var model: String
  /// The SHA-256 of the model file, in hexadecimal.
  package var modelSHA256: String
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
    case version, model, workers, lanes, documents
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

/// A model in the list of `GET /v1/models`.
package struct ModelDescription: Codable, Hashable, Sendable {
  /// The model's name.
  package var id: String
  /// Always `model`.
  package var object: String
  /// The start of the coordinator, in seconds since 1970.
  package var created: Int
  /// Always `braid`.
  package var ownedBy: String

  /// Makes the description of this coordinator's model.
  package init(id: String, created: Int) {
    self.id = id
    self.object = "model"
    self.created = created
    self.ownedBy = "braid"
  }

  private enum CodingKeys: String, CodingKey {
    case id, object, created
    case ownedBy = "owned_by"
  }
}

/// Braid's version.
package let braidVersion = "0.1.0"

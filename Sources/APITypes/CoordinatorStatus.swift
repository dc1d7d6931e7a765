/// The state of a worker, as the coordinator sees it.
public enum WorkerState: String, Codable, Hashable, Sendable {
  /// Connected and waiting for work.
  case idle
  /// Encoding at least one chunk.
  case busy
  /// Not heard of for too long; its chunks went back to the queue.
  case lost
}

/// A worker as the coordinator knows it.
public struct WorkerStatus: Codable, Hashable, Sendable {
  /// The id that the coordinator gave it.
  public var id: String
  /// The name of the worker.
  public var name: String
  /// Its state.
  public var state: WorkerState
  /// The number of its lanes: of chunks that it can encode at a time.
  public var lanes: Int
  /// The number of lanes that encode.
  public var lanesBusy: Int
  /// Its compute precision.
  public var compute: String
  /// Chunks it has returned.
  public var chunks: Int
  /// Tokens of these chunks over its computing time.
  public var tokensPerSecond: Double
  /// Its attempts that failed or were taken away.
  public var failures: Int
  /// Seconds since it was last heard of.
  public var lastSeenSeconds: Double
  /// True for a worker that sends recordings instead of computing; nil for any other.
  public var replayed: Bool?

  public init(
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
public struct CoordinatorStatus: Codable, Hashable, Sendable {
  /// Braid's version.
  public var version: String
  /// The model's name.
  public var model: String
  /// The SHA-256 of the model file, in hexadecimal.
  public var modelSHA256: String
  /// Seconds since it started.
  public var uptimeSeconds: Double
  /// The address that workers dial.
  public var controlAddress: String
  /// Workers connected.
  public var workers: Int
  /// Their lanes.
  public var lanes: Int
  /// Documents held.
  public var documents: Int
  /// Chunks waiting for a lane.
  public var chunksQueued: Int
  /// Chunks being encoded.
  public var chunksLeased: Int
  /// Bytes of KV cache held.
  public var kvBytes: Int
  /// Connected workers that send recordings instead of computing; nil when there are none.
  public var workersReplayed: Int?
  /// The reason why workers cannot connect; nil as long as they can.
  public var workersPortProblem: String?
  /// The connections at the workers' port; nil if not known.
  public var workersPort: PortTraffic?

  public init(
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
public struct PortTraffic: Codable, Hashable, Sendable {
  /// Connections at this moment.
  public var open: Int
  /// Connections that were admitted so far.
  public var joined: Int
  /// Connections that were ended because they spoke another protocol, were slow, or sent something else than
  /// a message.
  public var refused: Int
  /// Connections that found no place, or lost theirs to others.
  public var crowdedOut: Int

  public init(open: Int, joined: Int, refused: Int, crowdedOut: Int) {
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
public struct ModelDescription: Codable, Hashable, Sendable {
  /// The model's name.
  public var id: String
  /// Always `model`.
  public var object: String
  /// The start of the coordinator, in seconds since 1970.
  public var created: Int
  /// Always `braid`.
  public var ownedBy: String

  /// Makes the description of this coordinator's model.
  public init(id: String, created: Int) {
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
public let braidVersion = "0.1.0"

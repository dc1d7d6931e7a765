/// What a worker is doing, as the coordinator sees it.
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
  /// The id the coordinator gave it.
  public var id: String
  /// The name it goes by.
  public var name: String
  /// What it is doing.
  public var state: WorkerState
  /// Its lanes: chunks it can encode at a time.
  public var lanes: Int
  /// Lanes at work.
  public var lanesBusy: Int
  /// Its compute precision.
  public var compute: String
  /// Chunks it has returned.
  public var chunks: Int
  /// Tokens of these chunks over its computing time.
  public var tokensPerSecond: Double
  /// Attempts of its that failed or were taken away.
  public var failures: Int
  /// Time since it was last heard of.
  public var lastSeenSeconds: Double
  /// True for a worker that sends what was recorded instead of computing; nil for a real one.
  public var replayed: Bool?

  /// A worker from its fields.
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

/// The coordinator at a glance.
public struct CoordinatorStatus: Codable, Hashable, Sendable {
  /// Braid's version.
  public var version: String
  /// The model's name.
  public var model: String
  /// The SHA-256 of the model file, in hexadecimal.
  public var modelSHA256: String
  /// Time since it started.
  public var uptimeSeconds: Double
  /// Where workers dial in.
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
  /// Workers among those connected that send what was recorded instead of computing; nil when there are none.
  public var workersReplayed: Int?
  /// Why workers cannot come in; nil as long as they can.
  public var workersPortProblem: String?
  /// What came to the workers' port; nil where it is not known.
  public var workersPort: PortTraffic?

  /// A status from its fields.
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

/// Connections at a port.
public struct PortTraffic: Codable, Hashable, Sendable {
  /// Connections at this moment.
  public var open: Int
  /// Connections that were taken in so far.
  public var joined: Int
  /// Connections that were ended because they spoke something else, were slow, or sent what is no message.
  public var refused: Int
  /// Connections that found no place, or lost it to others.
  public var crowdedOut: Int

  /// Traffic from its figures.
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

/// A model as `GET /v1/models` lists it.
public struct ModelDescription: Codable, Hashable, Sendable {
  /// The model's name.
  public var id: String
  /// Always `model`.
  public var object: String
  /// When the coordinator loaded it, in seconds since 1970.
  public var created: Int
  /// Always `braid`.
  public var ownedBy: String

  /// A model of this coordinator.
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

package import Addresses
internal import Glibc
package import Logging
internal import NIOCore
internal import NIOPosix
package import NNG
internal import Synchronization

/// A proxy between the network and two sockets of libnng's, both behind one port.
///
/// libnng 1.5 stops listening for good when a peer goes away within its greeting, and takes messages of any
/// length. So nothing but the gate connects to it. The gate
///
/// 1. accepts a connection,
/// 2. reads its greeting within a limited time, checks and answers it,
/// 3. waits for the first message, which tells the connection's purpose,
/// 4. joins the connection to libnng, and passes messages of bounded length both ways.
package final class Gate: Sendable {
  /// The limits of a gate.
  package struct Limits: Hashable, Sendable {
    /// The limits on connections.
    package var census: Census.Limits
    /// The most bytes of a message to the control socket.
    package var controlBytes: Int
    /// The most bytes of a message to the bulk socket.
    package var bulkBytes: Int
    /// The most bytes of a message to a worker.
    package var replyBytes: Int

    package init(census: Census.Limits, controlBytes: Int, bulkBytes: Int, replyBytes: Int) {
      self.census = census
      self.controlBytes = controlBytes
      self.bulkBytes = bulkBytes
      self.replyBytes = replyBytes
    }
  }

  private struct State {
    var census: Census
    var sockets: [UInt64: any Channel] = [:]
    var figures = GateFigures()
    var health = GateHealth.open
    var addresses: [PipeID: String] = [:]
    var lastNote: ContinuousClock.Instant?
  }

  /// The address that workers dial, with its real port.
  package let address: CoordinatorAddress

  /// The number of failed tests in a row after which the gate counts as closed.
  private static let tellingLooks = 3
  /// Bytes read at a time, before a connection is joined and afterwards.
  private static let (firstReadBytes, readBytes) = (512, 512 << 10)

  private let framing: MessageFraming
  private let descriptors: Mutex<[Int32]>
  private let limits: Limits
  private let logger: Logger
  private let loop: any EventLoop
  private let doors: [Purpose: Door]
  private let state: Mutex<State>

  /// Makes a gate. Connections are accepted by the system from now on, and served by ``run()``.
  ///
  /// - Parameters:
  ///   - sockets: The sockets that listen.
  ///   - control: The socket for registration, leases and heartbeats, which listens nowhere else.
  ///   - bulk: The socket for chunks, which listens nowhere else.
  ///   - limits: The limits on connections and messages.
  ///   - logger: The log, which gets a warning of refused connections every ten seconds at most.
  /// - Throws: `NNGError` when libnng does not listen.
  package init(
    _ sockets: consuming ListeningSockets,
    control: ReplySocket,
    bulk: ReplySocket,
    limits: Limits,
    logger: Logger
  ) throws(NNGError) {
    let loop = GateLoop.group.next()
    doors = [
      .control: try Door(control, on: loop, logger: logger), .bulk: try Door(bulk, on: loop, logger: logger),
    ]
    address = sockets.address
    framing = sockets.framing
    descriptors = Mutex(sockets.take())
    self.limits = limits
    self.logger = logger
    self.loop = loop
    state = Mutex(State(census: Census(limits: limits.census)))
  }

  deinit { for descriptor in descriptors.withLock({ $0 }) { close(descriptor) } }

  /// The figures so far.
  package var figures: GateFigures {
    state.withLock { state in
      var figures = state.figures
      (figures.connections, figures.waiting) = (state.census.count, state.census.waiting)
      return figures
    }
  }

  /// The gate's health, by the latest tests.
  package var health: GateHealth { state.withLock { $0.health } }

  /// Returns the origin of a connection of libnng's.
  ///
  /// - Parameter pipe: libnng's number of the connection.
  /// - Returns: Its address, such as `10.0.0.7:40312`; nil when it is gone.
  package func peerAddress(of pipe: PipeID) -> String? { state.withLock { $0.addresses[pipe] } }

  /// Serves until the task is cancelled, then ends all connections.
  package func run() async {
    var servers: [any Channel] = []
    for descriptor in descriptors.withLock({ descriptors in
      defer { descriptors = [] }
      return descriptors
    }) {
      do {
        servers.append(try await serve(descriptor).get())
      } catch {
        logger.error("cannot accept connections", metadata: ["address": "\(address)", "reason": "\(error)"])
      }
    }
    await watch()
    for server in servers { server.close(promise: nil) }
    for socket in state.withLock({ Array($0.sockets.values) }) { socket.close(promise: nil) }
  }

  // MARK: Connections

  private func serve(_ descriptor: Int32) -> EventLoopFuture<any Channel> {
    ServerBootstrap(group: loop)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          // Without it a process that is out of descriptors would try again and again.
          try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
        }
      }
      .childChannelOption(.autoRead, value: false)
      // One call of `read` brings one piece, so that none comes between the handlers of entry and relay.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator,
        value: FixedSizeRecvByteBufferAllocator(capacity: Self.firstReadBytes)
      )
      .childChannelInitializer { self.enter($0) }
      .withBoundSocket(descriptor)
  }

  /// Admits or refuses a connection.
  private func enter(_ channel: any Channel) -> EventLoopFuture<Void> {
    let origin = channel.remoteAddress
    let host = origin?.ipAddress ?? "this machine"
    let (decision, leaving) = state.withLock { state in
      let decision = state.census.arrive(from: host)
      var leaving: (any Channel)?
      switch decision {
      case .admit(let id): state.sockets[id] = channel
      case .replace(let id, let other):
        leaving = state.sockets.removeValue(forKey: other)
        state.sockets[id] = channel
        state.figures.crowdedOut += 1
      case .refuse: state.figures.crowdedOut += 1
      }
      return (decision, leaving)
    }
    leaving?.close(promise: nil)
    switch decision {
    case .refuse:
      note(.full, host)
      return channel.eventLoop.makeFailedFuture(EntryRefusal.full)
    case .admit(let id), .replace(let id, _):
      if leaving != nil { note(.full, host) }
      channel.closeFuture.whenComplete { _ in self.left(id) }
      return channel.eventLoop.makeCompletedFuture { try self.begin(channel, id, host) }
    }
  }

  private func begin(_ channel: any Channel, _ id: UInt64, _ host: String) throws {
    if framing == .tcp {
      // A worker whose machine is gone does not close its connection.
      try channel.syncOptions?.setOption(.socketOption(.so_keepalive), value: 1)
      try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
    }
    let longest = UInt64(clamping: max(limits.controlBytes, limits.bulkBytes))
    let port = channel.remoteAddress?.port.map { ":\($0)" } ?? ""
    let address = (host.contains(":") ? "[\(host)]" : host) + port
    try channel.pipeline.syncOperations.addHandler(
      EntryHandler(
        EntryCheck(framing: framing, longestMessage: longest),
        join: { purpose, bytes in self.join(channel, id, address, purpose, bytes) },
        refused: { reason in self.refused(reason, host) }
      )
    )
  }

  private func left(_ id: UInt64) {
    state.withLock { state in
      state.census.left(id)
      state.sockets[id] = nil
    }
  }

  // MARK: Joining

  private func join(
    _ outer: any Channel,
    _ id: UInt64,
    _ address: String,
    _ purpose: Purpose,
    _ bytes: ByteBuffer
  ) {
    guard let door = doors[purpose], state.withLock({ $0.census.contains(id) }) else {
      return outer.close(promise: nil)
    }
    door.join().whenComplete { result in
      switch result {
      case .failure:
        self.refused(.notJoined, address)
        outer.close(promise: nil)
      case .success(let joined):
        let inner = joined.channel
        guard outer.isActive else { return inner.close(promise: nil) }
        self.state.withLock { state in
          state.figures.joined += 1
          state.addresses[joined.pipe] = address
        }
        inner.closeFuture.whenComplete { _ in
          self.state.withLock { $0.addresses[joined.pipe] = nil }
        }
        do {
          try self.relay(outer, inner, id, purpose, bytes, address)
        } catch {
          outer.close(promise: nil)
          inner.close(promise: nil)
        }
      }
    }
  }

  /// Joins two connections.
  private func relay(
    _ outer: any Channel,
    _ inner: any Channel,
    _ id: UInt64,
    _ purpose: Purpose,
    _ bytes: ByteBuffer,
    _ address: String
  ) throws {
    let longest = purpose == .control ? limits.controlBytes : limits.bulkBytes
    let inward = RelayHandler(
      MessageTranslation(from: framing, to: .local, longest: UInt64(clamping: longest)),
      firstMessagePassed: { _ = self.state.withLock { $0.census.joined(id) } },
      refused: { self.refused($0, address) }
    )
    let outward = RelayHandler(
      MessageTranslation(from: .local, to: framing, longest: UInt64(clamping: limits.replyBytes))
    )
    RelayHandler.join(inward, outward)
    for (channel, handler) in [(outer, inward), (inner, outward)] {
      try channel.syncOptions?.setOption(
        .recvAllocator,
        value: FixedSizeRecvByteBufferAllocator(capacity: Self.readBytes)
      )
      try channel.syncOptions?.setOption(
        .writeBufferWaterMark,
        value: .init(low: Self.readBytes, high: 4 * Self.readBytes)
      )
      try channel.pipeline.syncOperations.addHandler(handler)
    }
    try outer.pipeline.syncOperations.addHandler(
      IdleStateHandler(readTimeout: RelayHandler.lookTime),
      position: .first
    )
    inner.read()
    inward.begin(with: bytes)
  }

  // MARK: Strangers

  private func refused(_ reason: EntryRefusal, _ origin: String) {
    state.withLock { $0.figures.refused += 1 }
    note(reason, origin)
  }

  /// Logs one warning in ten seconds at most, so that strangers cannot fill a disk.
  private func note(_ reason: EntryRefusal, _ origin: String) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastNote, now - last < .seconds(10) { return false }
      state.lastNote = now
      return true
    }
    guard isDue else {
      return logger.debug("turned a connection away", metadata: ["from": "\(origin)", "reason": "\(reason)"])
    }
    let figures = self.figures
    logger.warning(
      "turned a connection away",
      metadata: [
        "from": "\(origin)", "reason": "\(reason)", "refused": "\(figures.refused)",
        "crowded_out": "\(figures.crowdedOut)",
      ]
    )
  }

  // MARK: Health

  /// Tests the gate from outside every few seconds, as a worker would dial it.
  private func watch() async {
    var silentLooks = 0
    while (try? await Task.sleep(for: .seconds(5))) != nil {
      var health = GateHealth.open
      for purpose in Purpose.allCases {
        guard health == .open, case .silent(let reason) = await PeerProbe.look(at: address, asking: purpose)
        else { continue }
        health = .closed(
          "a look through the workers' port at \(address) found its \(purpose) side silent: \(reason)"
        )
      }
      guard !Task.isCancelled else { return }
      silentLooks = health == .open ? 0 : silentLooks + 1
      // If places are short, the test's own connection may be the one that is ended.
      if health != .open, silentLooks < Self.tellingLooks { continue }
      let former = state.withLock { state in
        defer { state.health = health }
        return state.health
      }
      guard former != health else { continue }
      switch health {
      case .open: logger.notice("workers can come in again")
      case .closed(let reason): logger.error("workers cannot come in", metadata: ["reason": "\(reason)"])
      }
    }
  }
}

/// The thread of all gates and probes. They do little, and one thread is enough for a fast network.
enum GateLoop {
  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
}

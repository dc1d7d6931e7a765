internal import Glibc
internal import Synchronization

/// A relay between a worker and a coordinator on loopback, whose connections a test can cut or stop.
///
/// Both ends see a peer that hangs up, as with a broken network or a killed process; and the coordinator
/// behind it can be exchanged for another.
final class Forwarder: Sendable {
  /// A socket call that failed.
  struct Failure: Error, CustomStringConvertible {
    let call: String
    let number: Int32
    var description: String { "\(call) failed with error \(number)" }
  }

  private struct State {
    var target: UInt16
    var pumps: [Pump] = []
    var sockets: Set<Int32> = []
    var isOpen = true
  }

  /// The address that a worker dials.
  let address: String
  private let listener: Int32
  private let state: Mutex<State>
  private let isStopped = Atomic(false)
  private let flippedByte: Mutex<Int?>
  private let delayMicroseconds: UInt32

  /// Listens on a free port.
  ///
  /// - Parameters:
  ///   - target: The address that connections go on to, such as `tcp://127.0.0.1:40312`; nil if
  ///     ``cut(andGoOnTo:)`` gives it later.
  ///   - flippedByte: The number of a byte, counted from the start of the first connection towards the
  ///     target, that arrives changed.
  ///   - delayMilliseconds: The time for which bytes are under way, in each direction.
  /// - Throws: ``Failure`` when there is no port.
  init(to target: String? = nil, flippingByte flippedByte: Int? = nil, delayMilliseconds: UInt32 = 0) throws {
    delayMicroseconds = delayMilliseconds * 1000
    self.flippedByte = Mutex(flippedByte)
    state = Mutex(State(target: target.map { Self.port(of: $0) } ?? 0))
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw Failure(call: "socket", number: errno) }
    var own = Self.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = self.listener
    let result = withUnsafeMutablePointer(to: &own) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, pointer, &length) == 0
      }
    }
    guard result else { throw Failure(call: "listen", number: errno) }
    address = "tcp://127.0.0.1:\(UInt16(bigEndian: own.sin_port))"
    Self.thread { self.acceptAll() }
  }

  /// The port of ``address``.
  var port: UInt16 { Self.port(of: address) }

  /// Cuts all connections. New ones go to the same target, or to another.
  func cut(andGoOnTo target: String? = nil) {
    state.withLock { state in
      if let target { state.target = Self.port(of: target) }
      for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  /// Stops all bytes without telling either end, as a frozen process does.
  func freeze() { isStopped.store(true, ordering: .relaxed) }

  /// The connections of this moment carry nothing any more, and do not end; new ones are not touched.
  func strand() {
    state.withLock { state in
      for pump in state.pumps { pump.isStranded.store(true, ordering: .relaxed) }
    }
  }

  /// Lets bytes pass again.
  func thaw() { isStopped.store(false, ordering: .relaxed) }

  /// Ends the relay.
  func close() {
    thaw()
    cut()
    state.withLock { $0.isOpen = false }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func acceptAll() {
    while true {
      let near = accept(listener, nil, nil)
      guard near >= 0 else { break }
      guard let far = connectToTarget() else {
        Glibc.close(near)
        continue
      }
      let isOpen = state.withLock { state in
        state.sockets.formUnion([near, far])
        return state.isOpen
      }
      if !isOpen { cut() }
      let pump = Pump()
      state.withLock { $0.pumps.append(pump) }
      let flippedByte = self.flippedByte.withLock { byte in
        defer { byte = nil }
        return byte
      }
      Self.thread { self.copy(from: near, to: far, pump, flippingByte: flippedByte) }
      Self.thread { self.copy(from: far, to: near, pump) }
    }
    Glibc.close(listener)
  }

  private func connectToTarget() -> Int32? {
    let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard far >= 0 else { return nil }
    var address = Self.loopback(port: state.withLock { $0.target })
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      Glibc.close(far)
      return nil
    }
    return far
  }

  /// Bytes under way in one direction: they arrive late, and as fast as they were sent.
  private struct DelayLine {
    let seconds: Double
    /// True when the sender hung up; what is under way then still arrives, without the wait.
    var isEnded = false
    private var pieces: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []

    init(seconds: Double) { self.seconds = seconds }

    mutating func append(_ bytes: [UInt8]) {
      pieces.append((.now + .seconds(seconds), bytes))
    }

    /// How long to wait for more bytes at most; -1 for ever.
    var millisecondsToNext: Int32 {
      guard let due = pieces.first?.due else { return -1 }
      return Int32(max(0, (due - .now) / .milliseconds(1)).rounded(.up))
    }

    /// The next piece that is due.
    mutating func next() -> [UInt8]? {
      guard let first = pieces.first, isEnded || first.due <= .now else { return nil }
      return pieces.removeFirst().bytes
    }
  }

  /// The two directions of one connection; the last to end closes it.
  private final class Pump: Sendable {
    let remaining = Atomic(2)
    let isStranded = Atomic(false)
  }

  private func copy(
    from source: Int32,
    to destination: Int32,
    _ pump: Pump,
    flippingByte flippedByte: Int? = nil
  ) {
    var line = DelayLine(seconds: Double(delayMicroseconds) * 1e-6)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var total = 0
    relaying: while true {
      var descriptor = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      let isReadable = !line.isEnded && poll(&descriptor, 1, line.millisecondsToNext) > 0
      if isReadable {
        let count = read(source, &buffer, buffer.count)
        if count > 0 {
          var bytes = Array(buffer[..<count])
          if let flippedByte, (total..<total + count).contains(flippedByte) {
            bytes[flippedByte - total] ^= 0x20
          }
          total += count
          line.append(bytes)
        } else {
          line.isEnded = true
        }
      }
      while let bytes = line.next() {
        while isStopped.load(ordering: .relaxed) { usleep(5000) }
        while pump.isStranded.load(ordering: .relaxed) {
          guard state.withLock({ $0.isOpen }) else { break relaying }
          usleep(5000)
        }
        var sent = 0
        while sent < bytes.count {
          let written = bytes.withUnsafeBytes { bytes in
            send(destination, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
          }
          guard written > 0 else { break relaying }
          sent += written
        }
      }
      if line.isEnded { break }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(destination, Int32(SHUT_RDWR))
    guard pump.remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    state.withLock { state in
      for socket in [source, destination] {
        state.sockets.remove(socket)
        Glibc.close(socket)
      }
    }
  }

  private static func port(of address: String) -> UInt16 {
    UInt16(address.split(separator: ":").last ?? "") ?? 0
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread,
      nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      },
      box.toOpaque()
    )
    if result == 0 { pthread_detach(thread) } else { box.release() }
  }
}

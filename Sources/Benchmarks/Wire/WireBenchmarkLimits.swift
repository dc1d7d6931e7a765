internal import Glibc
internal import Memory
internal import Synchronization

/// The machine's best copy and socket rates, measured in the same run by loops that do nothing else.
package struct HardwareLimits: Hashable, Sendable {
  /// The rate of copying between blocks by one thread, in 10^9 bytes per second; each byte is read once and
  /// written once.
  package var memcpyGigabytesPerSecond: Double
  /// The rate of a plain socket of the same kind, in 10^9 bytes per second; nil without a socket. One thread
  /// writes, and another reads into the same memory again and again.
  package var socketGigabytesPerSecond: Double?

  package init(memcpyGigabytesPerSecond: Double, socketGigabytesPerSecond: Double?) {
    self.memcpyGigabytesPerSecond = memcpyGigabytesPerSecond
    self.socketGigabytesPerSecond = socketGigabytesPerSecond
  }

  private static let rounds = 5

  static func measure(
    _ configuration: WireBenchmark.Configuration
  ) throws(BenchmarkError) -> HardwareLimits {
    let bytes = min(configuration.bytes, 256 << 20)
    var socket: Double?
    if configuration.transport != .inproc {
      let family = configuration.transport == .ipc ? AF_UNIX : AF_INET
      for _ in 0..<rounds {
        let rate = try socketRate(family: family, bytes: bytes, writeBytes: configuration.frameBytes)
        socket = max(socket ?? 0, rate)
      }
    }
    return HardwareLimits(
      memcpyGigabytesPerSecond: try memcpyRate(bytes: max(64 << 20, bytes / 4)),
      socketGigabytesPerSecond: socket
    )
  }

  /// Seconds that all threads of this process have computed, in user and system mode.
  package static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func memcpyRate(bytes: Int) throws(BenchmarkError) -> Double {
    let source = try block(bytes)
    let destination = try block(bytes)
    var best = 0.0
    for _ in 0...rounds {
      let start = ContinuousClock.now
      memcpy(destination.base, source.base, bytes)
      best = max(best, Double(bytes) * 1e-9 / ((ContinuousClock.now - start) / .seconds(1)))
    }
    return best
  }

  private static func socketRate(
    family: Int32,
    bytes: Int,
    writeBytes: Int
  ) throws(BenchmarkError) -> Double {
    let (near, far) = try family == AF_INET ? loopbackPair() : unixPair()
    defer { close(near) }
    let message = try block(writeBytes)
    let reader = Reader(descriptor: far, bytes: bytes, buffer: try block(writeBytes))
    guard let thread = reader.start() else {
      close(far)
      throw .failed("pthread_create")
    }
    let start = ContinuousClock.now
    var sent = 0
    while sent < bytes {
      let count = send(near, message.base, min(writeBytes, bytes - sent), Int32(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      sent += count
    }
    // If sending has failed, the reader must not wait for the rest.
    shutdown(near, Int32(SHUT_WR))
    pthread_join(thread, nil)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard reader.received.load(ordering: .acquiring) == bytes else { throw .failed("recv") }
    return Double(bytes) * 1e-9 / seconds
  }

  private static func block(_ bytes: Int) throws(BenchmarkError) -> AlignedBuffer {
    do {
      let block = try AlignedBuffer(byteCount: bytes)
      memset(block.base, 1, bytes)
      return block
    } catch {
      throw BenchmarkError(.failed, error.message, cause: error)
    }
  }

  private static func unixPair() throws(BenchmarkError) -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw .failed("socketpair") }
    return (ends[0], ends[1])
  }

  private static func loopbackPair() throws(BenchmarkError) -> (Int32, Int32) {
    let kind = Int32(SOCK_STREAM.rawValue)
    let listener = socket(AF_INET, kind, 0)
    guard listener >= 0 else { throw .failed("socket") }
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let near = socket(AF_INET, kind, 0)
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 1) == 0
          && getsockname(listener, address, &length) == 0 && connect(near, address, length) == 0
      }
    }
    let far = isConnected ? accept(listener, nil, nil) : -1
    guard far >= 0 else {
      close(near)
      throw .failed("connect")
    }
    return (near, far)
  }

  /// The reading end of a socket, on its own thread.
  private final class Reader: Sendable {
    let received = Atomic(0)
    private let descriptor: Int32
    private let bytes: Int
    private let buffer: AlignedBuffer

    init(descriptor: Int32, bytes: Int, buffer: AlignedBuffer) {
      self.descriptor = descriptor
      self.bytes = bytes
      self.buffer = buffer
    }

    func start() -> pthread_t? {
      let reference = Unmanaged.passRetained(self)
      var thread = pthread_t()
      let code = pthread_create(
        &thread,
        nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Reader>.fromOpaque(argument).takeRetainedValue().read()
          return nil
        },
        reference.toOpaque()
      )
      if code != 0 { reference.release() }
      return code == 0 ? thread : nil
    }

    private func read() {
      var total = 0
      while total < bytes {
        let count = recv(descriptor, buffer.base, min(buffer.byteCount, bytes - total), 0)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        total += count
      }
      received.store(total, ordering: .releasing)
      close(descriptor)
    }
  }
}

extension BenchmarkError {
  fileprivate static func failed(_ call: String) -> BenchmarkError {
    BenchmarkError(.failed, "\(call) failed: \(String(cString: strerror(errno)))")
  }
}

internal import CNNG
internal import Glibc
internal import Synchronization

/// The common part of request and reply sockets: the handle, its limits, its connections and its end.
///
/// libnng 1.5 can hang for ever when a connection is closed on this side while data arrives on it. So nothing
/// here closes a socket that may be busy: a socket is closed when it is quiet, on a thread of its own, or it
/// is left to the end of the process.
final class SocketCore: Sendable {
  private enum Phase {
    /// Operations are accepted. Goes to `ended`.
    case open
    /// Nothing new is accepted.
    case ended
  }

  private struct State {
    var phase = Phase.open
    var operations = 0
  }

  let socket: nng_socket
  let options: SocketOptions
  let pipes = PipeRegistry()
  private let state = Mutex(State())

  init(
    options: SocketOptions,
    open: (UnsafeMutablePointer<nng_socket>?) -> Int32
  ) throws(NNGError) {
    var socket = nng_socket()
    try NNGError.check(open(&socket), "cannot open a socket")
    self.socket = socket
    self.options = options
    // The protocol's own header travels inside the counted length.
    let limit = options.maximumReceiveBytes + 16
    try NNGError.check(nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, limit), "cannot set the size limit")
    try pipes.attach(to: socket)
  }

  /// Counts an operation; every call that succeeds is matched by ``leave()``.
  func enter() throws(NNGError) {
    let isOpen = state.withLock { state in
      guard state.phase == .open else { return false }
      state.operations += 1
      return true
    }
    guard isOpen else { throw NNGError(.closed, "cannot use this socket", advice: "it is closed") }
  }

  func leave() { state.withLock { $0.operations -= 1 } }

  func check(outgoing byteCount: Int) throws(NNGError) {
    guard byteCount <= options.maximumSendBytes else {
      throw NNGError(
        .messageTooLarge,
        "a message of \(byteCount) bytes is over the limit of \(options.maximumSendBytes)",
        advice: "send it in smaller parts"
      )
    }
  }

  func openContext() throws(NNGError) -> Context { try Context(socket) }

  func abandon() {
    state.withLock { $0.phase = .ended }
    pipes.finish()
  }

  func closeWhenQuiet(deadline: ContinuousClock.Instant) async -> Bool {
    abandon()
    while state.withLock({ $0.operations }) > 0 {
      guard ContinuousClock.now < deadline else { return false }
      try? await Task.sleep(for: .milliseconds(2))
      // A cancelled task does not sleep; closing in haste is what hangs.
      guard !Task.isCancelled else { return false }
    }
    // An operation that was cancelled a moment ago may still be ending.
    try? await Task.sleep(for: .milliseconds(10))
    guard !Task.isCancelled, ContinuousClock.now < deadline else { return false }
    let done = Flag()
    let socket = self.socket
    guard
      startThread({
        nng_close(socket); done.raise()
      })
    else { return false }
    while !done.isRaised {
      guard ContinuousClock.now < deadline, !Task.isCancelled else { return false }
      try? await Task.sleep(for: .milliseconds(1))
    }
    return true
  }
}

/// A flag that is raised once.
private final class Flag: Sendable {
  private let value = Atomic(false)
  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}

/// Runs a blocking call on a thread of its own, which nobody waits for; returns false if there is none.
private func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
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
  guard result == 0 else {
    box.release()
    return false
  }
  pthread_detach(thread)
  return true
}

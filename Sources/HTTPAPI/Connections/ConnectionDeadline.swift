package import NIOCore

/// The deadline of a connection, decided from what arrives and what is answered.
///
/// It holds no clock: every event brings its time.
package struct ConnectionDeadline: Sendable {
  /// The time that each phase may take.
  package struct Limits: Hashable, Sendable {
    /// The time for the head of a request, from its first byte.
    package var head: TimeAmount
    /// The time for the next part of a body.
    package var body: TimeAmount
    /// The time between requests, and before the first.
    package var idle: TimeAmount
    /// The time for a client that does not read what is sent to it.
    package var stalled: TimeAmount

    package init(
      head: TimeAmount = .seconds(10),
      body: TimeAmount = .seconds(30),
      idle: TimeAmount = .seconds(60),
      stalled: TimeAmount = .seconds(120)
    ) {
      self.head = head
      self.body = body
      self.idle = idle
      self.stalled = stalled
    }
  }

  /// The phases of a connection, by what it waits for.
  package enum Phase: Hashable, Sendable {
    /// Nothing of the next request has arrived.
    case idle
    /// A part of its head has arrived.
    case head
    /// Its head has arrived, and its body is on the way.
    case body
    /// It has arrived and is being answered, without a limit of time.
    case answering
  }

  private let limits: Limits
  /// The current phase.
  package private(set) var phase = Phase.idle
  private var phaseEnd: NIODeadline?
  private var stalledEnd: NIODeadline?
  private var unanswered = 0

  /// Makes the deadline of a new connection.
  package init(_ limits: Limits, at now: NIODeadline) {
    self.limits = limits
    phaseEnd = now + limits.idle
  }

  /// The time at which the connection is to be closed if nothing happens; nil for no limit.
  package var end: NIODeadline? {
    switch (phaseEnd, stalledEnd) {
    case (let phase?, let stalled?): min(phase, stalled)
    case (let phase, let stalled): phase ?? stalled
    }
  }

  /// True while a request whose head is complete is arriving or being answered: such a connection is not
  /// idle.
  package var hasRequest: Bool { unanswered > 0 }

  /// Notes that bytes have arrived, of whatever kind.
  package mutating func received(at now: NIODeadline) {
    if phase == .idle { enter(.head, until: now + limits.head) }
  }

  /// Notes that the head of a request is complete.
  package mutating func receivedHead(at now: NIODeadline) {
    unanswered += 1
    enter(.body, until: now + limits.body)
  }

  /// Notes that a part of a body has arrived.
  package mutating func receivedBody(at now: NIODeadline) {
    if phase == .body { phaseEnd = now + limits.body }
  }

  /// Notes that a request is complete.
  package mutating func receivedEnd(at now: NIODeadline) {
    if unanswered > 0 { enter(.answering, until: nil) } else { enter(.idle, until: now + limits.idle) }
  }

  /// Notes that an answer is complete.
  package mutating func answered(at now: NIODeadline) {
    unanswered = max(0, unanswered - 1)
    if unanswered == 0, phase == .answering { enter(.idle, until: now + limits.idle) }
  }

  /// Notes whether the client reads what is sent to it.
  package mutating func writable(_ isWritable: Bool, at now: NIODeadline) {
    if isWritable {
      stalledEnd = nil
    } else if stalledEnd == nil {
      stalledEnd = now + limits.stalled
    }
  }

  private mutating func enter(_ phase: Phase, until end: NIODeadline?) {
    self.phase = phase
    phaseEnd = end
  }
}

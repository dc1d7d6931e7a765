package import NIOCore

/// Until when a connection may go on as it is, decided from what arrives and what is answered.
///
/// It holds no clock: every event brings its time.
package struct ConnectionDeadline: Sendable {
  /// The time that each phase may take.
  package struct Limits: Hashable, Sendable {
    /// For the head of a request, from its first byte.
    package var head: TimeAmount
    /// For the next part of a body.
    package var body: TimeAmount
    /// Between requests, and before the first.
    package var idle: TimeAmount
    /// For a client that does not take what is sent to it.
    package var stalled: TimeAmount

    /// Limits from their values.
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

  /// What a connection waits for.
  package enum Phase: Hashable, Sendable {
    /// Nothing has come of the next request.
    case idle
    /// A part of its head.
    case head
    /// Its body is on the way.
    case body
    /// It is here and being answered, which takes the time it takes.
    case answering
  }

  private let limits: Limits
  /// What the connection waits for.
  package private(set) var phase = Phase.idle
  private var phaseEnd: NIODeadline?
  private var stalledEnd: NIODeadline?
  private var unanswered = 0

  /// A connection that has just come.
  package init(_ limits: Limits, at now: NIODeadline) {
    self.limits = limits
    phaseEnd = now + limits.idle
  }

  /// When the connection is to be closed if nothing happens; nil where there is no limit.
  package var end: NIODeadline? {
    switch (phaseEnd, stalledEnd) {
    case (let phase?, let stalled?): min(phase, stalled)
    case (let phase, let stalled): phase ?? stalled
    }
  }

  /// Whether a request is on its way or being answered: such a connection is not idle.
  package var hasRequest: Bool { unanswered > 0 }

  /// Bytes have come, of whatever.
  package mutating func received(at now: NIODeadline) {
    if phase == .idle { enter(.head, until: now + limits.head) }
  }

  /// The head of a request is complete.
  package mutating func receivedHead(at now: NIODeadline) {
    unanswered += 1
    enter(.body, until: now + limits.body)
  }

  /// A part of a body has come.
  package mutating func receivedBody(at now: NIODeadline) {
    if phase == .body { phaseEnd = now + limits.body }
  }

  /// A request is complete.
  package mutating func receivedEnd(at now: NIODeadline) {
    if unanswered > 0 { enter(.answering, until: nil) } else { enter(.idle, until: now + limits.idle) }
  }

  /// An answer is complete.
  package mutating func answered(at now: NIODeadline) {
    unanswered = max(0, unanswered - 1)
    if unanswered == 0, phase == .answering { enter(.idle, until: now + limits.idle) }
  }

  /// The client takes what is sent to it, or no longer does.
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

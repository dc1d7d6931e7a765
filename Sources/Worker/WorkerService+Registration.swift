internal import Logging
internal import NNG
internal import Wire

extension WorkerService {
  /// Registers, for as long as it takes; says once that the coordinator is away.
  ///
  /// - Returns: The registration, nil when the worker is to leave.
  /// - Throws: ``WorkerError`` when the coordinator refuses for good or stays away too long;
  ///   `CancellationError`.
  func register(_ control: ControlLink) async throws -> Registered? {
    let timing = configuration.timing
    let request = registerRequest
    var backoff = Backoff(first: timing.firstPause, limit: timing.longestPause)
    var generator = SystemRandomNumberGenerator()
    let start = ContinuousClock.now
    var complaint: String?

    while !leaving.isRaised {
      try Task.checkCancellation()
      let problem: String
      do {
        let reply = try await leaving.orElse {
          try await control.ask(.register(request), timeout: timing.requestTimeout)
        }
        switch reply {
        case nil: return nil
        case .registered(let registered)?: return registered
        case .refused(let refusal)?: problem = try retryReason(of: refusal)
        default: problem = "the coordinator answers a registration with something else"
        }
      } catch let error as NNGError {
        problem =
          error.code == .timedOut || error.code == .peerLost ? "it cannot be reached" : error.description
      } catch let error as WireError {
        // A peer of another version does not become one of ours by waiting.
        if case .protocolVersion = error { throw WorkerError.refused(reason: error.description) }
        problem = error.description
      }
      if let limit = timing.connectLimit, ContinuousClock.now - start >= limit {
        throw WorkerError.unreachable(address: address.description, seconds: limit / .seconds(1))
      }
      if problem != complaint {
        logger.warning("waiting for the coordinator: \(problem)", metadata: ["coordinator": "\(address)"])
        complaint = problem
      }
      await leaving.sleep(for: backoff.next(using: &generator))
    }
    return nil
  }

  private var registerRequest: RegisterRequest {
    var request = RegisterRequest()
    request.identity = configuration.identity
    request.lanes = UInt32(configuration.lanes)
    request.compute = configuration.compute
    request.workerToken = configuration.workerToken
    request.incarnation = incarnation
    request.name = configuration.name
    request.cpu = configuration.cpu
    request.maxFrameBytes = UInt32(configuration.frameBytes)
    request.replayed = isReplay
    return request
  }

  /// Why to try again later, for a refusal that may pass.
  private func retryReason(of refusal: Refusal) throws(WorkerError) -> String {
    switch refusal.code {
    case .overloaded: return refusal.message
    case .notAuthorised: throw .notAuthorised(reason: refusal.message)
    default: throw .refused(reason: refusal.message)
    }
  }
}

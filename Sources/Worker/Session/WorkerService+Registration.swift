internal import Addresses
internal import Gate
internal import Logging
internal import NNG
internal import Scheduling
internal import Wire

extension WorkerService {
  /// Registers, and tries again as long as that may help. A problem is logged once.
  ///
  /// - Parameter control: The connection, made once a coordinator is found. It is replaced when the
  ///   coordinator is found at another address, or when the connection is up and yet carries nothing, as
  ///   after an unnoticed change of route: such a connection may never end by itself.
  /// - Returns: The connection and the registration; nil when the worker is to leave.
  /// - Throws: ``WorkerError`` when the coordinator refuses for good or stays away too long;
  ///   `CancellationError`.
  func register(_ control: inout ControlLink?) async throws -> (ControlLink, Registered)? {
    let timing = configuration.timing
    let request = registerRequest
    var backoff = Backoff(first: timing.firstPause, limit: timing.longestPause)
    var generator = SystemRandomNumberGenerator()
    let start = ContinuousClock.now
    var complaint: String?
    // The coordinator may only be frozen, and a connection that is given up stays open. So connections are
    // given up less and less often.
    var patience = 1
    var silences = 0

    while !leaving.isRaised {
      try Task.checkCancellation()
      let problem: String
      var cause: (any Error)?
      do {
        let link: ControlLink
        switch try await reach(control) {
        case nil: return nil
        case .found(let found)?: (link, control) = (found, found)
        case .silent(let reason)?: throw Unreached(reason: reason)
        }
        let reply = try await leaving.orElse {
          try await link.ask(.register(request), timeout: timing.requestTimeout)
        }
        switch reply {
        case nil: return nil
        case .registered(let registered)?: return (link, registered)
        case .refused(let refusal)?: problem = try retryReason(of: refusal)
        default: problem = "the coordinator answers a registration with something else"
        }
      } catch let error as Unreached {
        problem = "it cannot be reached (\(error.reason))"
      } catch let error as NNGError {
        problem =
          error.code == .timedOut || error.code == .peerLost ? "it does not answer" : error.message
        cause = error
        if error.code == .timedOut, control?.socket.isConnected == true { silences += 1 }
        if silences >= patience {
          control?.socket.abandon()
          control = nil
          silences = 0
          patience = min(patience * 2, 64)
        }
      } catch let error as WireError {
        // A peer of another version, or one that says what cannot be, does not become one of ours by waiting.
        switch error.code {
        case .protocolVersion, .outOfRange: throw WorkerError.refused(reason: error.message, cause: error)
        default: problem = error.message
        }
        cause = error
      }
      if let limit = timing.connectLimit, ContinuousClock.now - start >= limit {
        throw WorkerError.unreachable(
          address: address.description,
          seconds: limit / .seconds(1),
          reason: problem,
          cause: cause
        )
      }
      if problem != complaint {
        logger.warning("waiting for the coordinator: \(problem)", metadata: ["coordinator": "\(address)"])
        complaint = problem
      }
      await leaving.sleep(for: backoff.next(using: &generator))
    }
    return nil
  }

  /// Why no coordinator was found: a value to act on and not a message.
  private struct Unreached: Error {
    let reason: String
  }

  /// A connection that may be used, or the reason why there is none.
  private enum Reach {
    case found(ControlLink)
    case silent(String)
  }

  /// Looks for the coordinator at all addresses of its host, unless there is a connection. libnng would try
  /// only the first address.
  ///
  /// - Parameter current: The connection so far.
  /// - Returns: The connection, or the reason why there is none; nil when the worker is to leave.
  /// - Throws: ``WorkerError/wrongPeer(address:speaks:)``, `NNGError`, `CancellationError`.
  private func reach(_ current: ControlLink?) async throws -> Reach? {
    if let current, current.socket.isConnected { return .found(current) }
    let address = self.address
    let finding = try await leaving.orElse {
      await PeerProbe.look(at: address, within: self.configuration.timing.requestTimeout)
    }
    switch finding {
    case nil: return nil
    case .silent(let reason)?: return .silent(reason)
    case .stranger(let stranger, let place)?:
      throw WorkerError.wrongPeer(address: place.description, speaks: stranger.description)
    case .found(let place)?:
      if let current, current.address == place { return .found(current) }
      current?.socket.abandon()
      return .found(try ControlLink(dialing: place, timing: configuration.timing))
    }
  }

  private var registerRequest: RegisterRequest {
    RegisterRequest(
      identities: configuration.identities,
      lanes: configuration.lanes,
      compute: configuration.compute,
      workerToken: configuration.workerToken,
      incarnation: incarnation,
      name: configuration.name,
      maxFrameBytes: configuration.frameBytes,
      // Recorded chunks are plain, and are sent from where they are mapped.
      codecs: isReplay ? [] : configuration.codecs,
      isReplay: isReplay
    )
  }

  /// Returns the reason of a refusal that may pass, to try again later; throws for all others.
  private func retryReason(of refusal: Refusal) throws(WorkerError) -> String {
    switch refusal.code {
    case .overloaded: return refusal.message
    case .notAuthorised: throw .notAuthorised(reason: refusal.message)
    default: throw .refused(reason: refusal.message)
    }
  }
}

internal import Scheduling
internal import Wire

extension HubConfiguration {
  /// The most chunks a worker may compute at a time.
  static let maximumLanes = 4096

  /// Returns the reason to refuse a worker, nil to accept it. Every mismatch is named with both values.
  func refusal(of request: RegisterRequest) -> Refusal? {
    // First of all, so that a stranger learns nothing about the models.
    if let workerToken, !workerToken.equalsInConstantTime(request.workerToken) {
      let text =
        request.workerToken.isEmpty
        ? "this coordinator asks for a worker token: start the worker with the same token"
        : "the worker's token is not the coordinator's: start both with the same token"
      return Refusal(.notAuthorised, text)
    }
    guard (1...Self.maximumLanes).contains(request.lanes) else {
      return Refusal(
        .malformed,
        "a worker of \(request.lanes) lanes cannot be; give 1 to \(Self.maximumLanes)"
      )
    }
    guard agreedFrameBytes(with: request) != nil else {
      return Refusal(
        .malformed,
        "the worker sends frames of at most \(request.maxFrameBytes) bytes, the coordinator takes \(WireProtocol.frameBytes.lowerBound) to \(maximumFrameBytes)"
      )
    }
    return ModelIdentity.difference(worker: request.identities, coordinator: identities).map { difference in
      Refusal(
        .identity,
        "\(difference.description.shortened(to: 400)); use the same model file and settings on both"
      )
    }
  }

  /// Returns the coordinator's models that a worker has, each with its place in the worker's list.
  func models(of request: RegisterRequest) -> [ModelIndex: Int] {
    let places = ModelIdentity.places(of: identities, in: request.identities)
    var models: [ModelIndex: Int] = [:]
    for (index, place) in places.enumerated() { models[ModelIndex(rawValue: index)] = place }
    return models
  }

  /// Returns the payload bytes of a frame that suit both sides, nil when none do.
  func agreedFrameBytes(with request: RegisterRequest) -> Int? {
    WireProtocol.agreedFrameBytes(maximumFrameBytes, request.maxFrameBytes)
  }
}

extension String {
  /// Returns true if two secrets are equal, in a time that does not tell where they differ.
  func equalsInConstantTime(_ other: String) -> Bool {
    let first = Array(utf8)
    let second = Array(other.utf8)
    var difference = UInt8(first.count == second.count ? 0 : 1)
    for index in second.indices {
      difference |= second[index] ^ (first.isEmpty ? 0 : first[index % first.count])
    }
    return difference == 0
  }
}

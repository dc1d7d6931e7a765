internal import SwiftProtobuf

/// Encodes and reads messages. Unknown values and impossible numbers are refused here, so whoever receives a
/// message that was read can work with everything in it.
package enum WireCodec {
  /// Encodes a request, marked with this side's protocol version.
  ///
  /// - Throws: ``WireError`` when it is too large, or a number does not fit its field.
  package static func encode(_ request: WorkerRequest) throws(WireError) -> [UInt8] {
    var message = ProtoControlRequest()
    message.protocolVersion = WireProtocol.version
    message.body = try ProtoControlRequest.OneOf_Body(request)
    return try bytes(of: message, "control request", limit: WireProtocol.maximumRequestBytes)
  }

  /// Encodes a reply, marked with this side's protocol version.
  ///
  /// - Throws: ``WireError`` when it is too large, or a number does not fit its field.
  package static func encode(_ reply: CoordinatorReply) throws(WireError) -> [UInt8] {
    var message = ProtoControlReply()
    message.protocolVersion = WireProtocol.version
    message.body = try ProtoControlReply.OneOf_Body(reply)
    return try bytes(of: message, "control reply", limit: WireProtocol.maximumReplyBytes)
  }

  /// Reads a request.
  ///
  /// - Throws: ``WireError``; ``WireError/protocolVersion(theirs:ours:)`` for a peer of another version.
  package static func request(from bytes: UnsafeRawBufferPointer) throws(WireError) -> WorkerRequest {
    let what = "control request"
    let request: ProtoControlRequest = try message(
      from: bytes,
      what,
      limit: WireProtocol.maximumRequestBytes
    )
    try check(version: request.protocolVersion)
    guard let body = request.body else { throw .malformed(what: what, reason: "it asks for nothing known") }
    return try WorkerRequest(body)
  }

  /// Reads a reply.
  ///
  /// A ``Refusal`` is returned whatever the version, so that its message reaches the worker's user.
  ///
  /// - Throws: ``WireError``; ``WireError/protocolVersion(theirs:ours:)`` for a peer of another version,
  ///   ``WireError/unusableLease(token:reason:)`` for a lease that must be given back.
  package static func reply(from bytes: UnsafeRawBufferPointer) throws(WireError) -> CoordinatorReply {
    let what = "control reply"
    let reply: ProtoControlReply = try message(from: bytes, what, limit: WireProtocol.maximumReplyBytes)
    if case .refused? = reply.body {} else { try check(version: reply.protocolVersion) }
    guard let body = reply.body else { throw .malformed(what: what, reason: "it answers nothing known") }
    return try CoordinatorReply(body)
  }

  /// Cuts a reason to 1,000 bytes, so that it fits into every message.
  package static func shortened(_ reason: String) -> String {
    reason.utf8.count <= 1_000 ? reason : String(decoding: reason.utf8.prefix(1_000), as: UTF8.self)
  }

  private static func check(version: UInt32) throws(WireError) {
    guard version == WireProtocol.version else {
      throw .protocolVersion(theirs: version, ours: WireProtocol.version)
    }
  }

  static func bytes(of message: some Message, _ what: String, limit: Int) throws(WireError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try message.serializedBytes()
    } catch {
      throw .malformed(what: what, reason: "\(error)", cause: error)
    }
    guard bytes.count <= limit else { throw .tooLarge(what: what, bytes: bytes.count, limit: limit) }
    return bytes
  }

  /// Reads a message in place.
  static func message<Body: Message>(
    from bytes: UnsafeRawBufferPointer,
    _ what: String,
    limit: Int
  ) throws(WireError) -> Body {
    guard bytes.count <= limit else { throw .tooLarge(what: what, bytes: bytes.count, limit: limit) }
    do {
      return try Body(serializedBytes: bytes.bytes)
    } catch {
      throw .malformed(what: what, reason: "its bytes are not those of such a message", cause: error)
    }
  }
}

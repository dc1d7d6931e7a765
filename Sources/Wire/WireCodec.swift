public import SwiftProtobuf

/// Control messages to bytes and back.
public enum WireCodec {
  /// The bytes of a request, marked with this side's protocol version.
  ///
  /// - Throws: ``WireError/tooLarge(what:bytes:limit:)``.
  public static func encode(_ body: ControlRequest.OneOf_Body) throws(WireError) -> [UInt8] {
    var request = ControlRequest()
    request.protocolVersion = WireProtocol.version
    request.body = body
    return try bytes(of: request, "control request", limit: WireProtocol.maximumRequestBytes)
  }

  /// The bytes of a reply, marked with this side's protocol version.
  ///
  /// - Throws: ``WireError/tooLarge(what:bytes:limit:)``.
  public static func encode(_ body: ControlReply.OneOf_Body) throws(WireError) -> [UInt8] {
    var reply = ControlReply()
    reply.protocolVersion = WireProtocol.version
    reply.body = body
    return try bytes(of: reply, "control reply", limit: WireProtocol.maximumReplyBytes)
  }

  /// Reads a request.
  ///
  /// - Throws: ``WireError``, ``WireError/protocolVersion(theirs:ours:)`` for a peer of another version.
  public static func request(from bytes: UnsafeRawBufferPointer) throws(WireError)
    -> ControlRequest.OneOf_Body
  {
    let what = "control request"
    let request: ControlRequest = try message(from: bytes, what, limit: WireProtocol.maximumRequestBytes)
    try check(version: request.protocolVersion)
    guard let body = request.body else { throw .malformed(what: what, reason: "it asks for nothing known") }
    return body
  }

  /// Reads a reply.
  ///
  /// A ``Refusal`` is returned whatever the version, so that its message reaches the worker's user.
  ///
  /// - Throws: ``WireError``, ``WireError/protocolVersion(theirs:ours:)`` for a peer of another version.
  public static func reply(from bytes: UnsafeRawBufferPointer) throws(WireError) -> ControlReply.OneOf_Body {
    let what = "control reply"
    let reply: ControlReply = try message(from: bytes, what, limit: WireProtocol.maximumReplyBytes)
    if case .refused? = reply.body {} else { try check(version: reply.protocolVersion) }
    guard let body = reply.body else { throw .malformed(what: what, reason: "it answers nothing known") }
    return body
  }

  /// The bytes of a message on the bulk socket that is not a frame of data.
  ///
  /// - Throws: ``WireError/tooLarge(what:bytes:limit:)``.
  public static func encodeBulk(_ message: some Message) throws(WireError) -> [UInt8] {
    try bytes(of: message, "bulk message", limit: WireProtocol.maximumBulkMessageBytes)
  }

  /// The bytes of an answer on the bulk socket. A reason for a refusal is cut to fit.
  public static func encode(_ body: BulkReply.OneOf_Body) -> [UInt8] {
    var reply = BulkReply()
    reply.body = body
    if case .refused(let text) = body { reply.refused = shortened(text) }
    // A message of these few scalar fields always serializes.
    return (try? reply.serializedBytes()) ?? []
  }

  /// Reads the body of `begin` or `end`, or a ``BulkReply``.
  ///
  /// - Parameters:
  ///   - type: The message's type.
  ///   - bytes: The body.
  /// - Returns: The message.
  /// - Throws: ``WireError``.
  public static func decodeBulk<Body: Message>(
    _ type: Body.Type,
    from bytes: UnsafeRawBufferPointer
  ) throws(WireError) -> Body {
    try message(from: bytes, "bulk message", limit: WireProtocol.maximumBulkMessageBytes)
  }

  /// A reason, cut to 1,000 bytes, so that it fits into every message.
  public static func shortened(_ reason: String) -> String {
    reason.utf8.count <= 1_000 ? reason : String(decoding: reason.utf8.prefix(1_000), as: UTF8.self)
  }

  private static func check(version: UInt32) throws(WireError) {
    guard version == WireProtocol.version else {
      throw .protocolVersion(theirs: version, ours: WireProtocol.version)
    }
  }

  private static func bytes(of message: some Message, _ what: String, limit: Int) throws(WireError) -> [UInt8]
  {
    let bytes: [UInt8]
    do {
      bytes = try message.serializedBytes()
    } catch {
      throw .malformed(what: what, reason: "\(error)")
    }
    guard bytes.count <= limit else { throw .tooLarge(what: what, bytes: bytes.count, limit: limit) }
    return bytes
  }

  private static func message<Body: Message>(
    from bytes: UnsafeRawBufferPointer,
    _ what: String,
    limit: Int
  ) throws(WireError) -> Body {
    guard bytes.count <= limit else { throw .tooLarge(what: what, bytes: bytes.count, limit: limit) }
    do {
      return try Body(serializedBytes: [UInt8](bytes))
    } catch {
      throw .malformed(what: what, reason: "its bytes are not those of such a message")
    }
  }
}

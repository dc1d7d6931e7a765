extension WireCodec {
  private static let bulk = (what: "bulk message", limit: WireProtocol.maximumBulkMessageBytes)

  /// Encodes the body of a `begin`.
  ///
  /// - Throws: ``WireError`` when a number does not fit its field.
  package static func encode(_ request: BeginRequest) throws(WireError) -> [UInt8] {
    try bytes(of: ProtoBeginRequest(request), bulk.what, limit: bulk.limit)
  }

  /// Encodes the body of an `end`.
  ///
  /// - Throws: ``WireError``.
  package static func encode(_ request: EndRequest) throws(WireError) -> [UInt8] {
    try bytes(of: ProtoEndRequest(request), bulk.what, limit: bulk.limit)
  }

  /// Encodes an answer on the bulk socket. The reason for a refusal is cut to fit.
  ///
  /// - Throws: ``WireError`` when a number does not fit its field.
  package static func encode(_ reply: BulkReply) throws(WireError) -> [UInt8] {
    var message = ProtoBulkReply()
    message.body = try ProtoBulkReply.OneOf_Body(reply)
    return try bytes(of: message, bulk.what, limit: bulk.limit)
  }

  /// Reads the body of a `begin`.
  ///
  /// - Throws: ``WireError``.
  package static func begin(from bytes: UnsafeRawBufferPointer) throws(WireError) -> BeginRequest {
    BeginRequest(try message(from: bytes, bulk.what, limit: bulk.limit))
  }

  /// Reads the body of an `end`.
  ///
  /// - Throws: ``WireError``, also for impossible durations.
  package static func end(from bytes: UnsafeRawBufferPointer) throws(WireError) -> EndRequest {
    try EndRequest(try message(from: bytes, bulk.what, limit: bulk.limit))
  }

  /// Reads an answer on the bulk socket.
  ///
  /// - Throws: ``WireError``.
  package static func bulkReply(from bytes: UnsafeRawBufferPointer) throws(WireError) -> BulkReply {
    let reply: ProtoBulkReply = try message(from: bytes, bulk.what, limit: bulk.limit)
    guard let body = reply.body else {
      throw .malformed(what: bulk.what, reason: "it answers nothing known")
    }
    return try BulkReply(body)
  }
}

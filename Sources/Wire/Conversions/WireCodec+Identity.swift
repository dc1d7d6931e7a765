extension WireCodec {
  /// The bytes of an identity, as registrations carry it and recordings keep it.
  ///
  /// - Throws: ``WireError`` when a number has no room.
  public static func encode(_ identity: ModelIdentity) throws(WireError) -> [UInt8] {
    try bytes(of: ProtoModelIdentity(identity), "model identity", limit: WireProtocol.maximumRequestBytes)
  }

  /// Reads an identity.
  ///
  /// - Throws: ``WireError``.
  public static func identity(from bytes: UnsafeRawBufferPointer) throws(WireError) -> ModelIdentity {
    let limit = WireProtocol.maximumRequestBytes
    return try ModelIdentity(try message(from: bytes, "model identity", limit: limit))
  }
}

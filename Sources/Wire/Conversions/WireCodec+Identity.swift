extension WireCodec {
  /// Encodes an identity, for registrations and recordings.
  ///
  /// - Throws: ``WireError`` when a number does not fit its field.
  package static func encode(_ identity: ModelIdentity) throws(WireError) -> [UInt8] {
    try bytes(of: ProtoModelIdentity(identity), "model identity", limit: WireProtocol.maximumRequestBytes)
  }

  /// Reads an identity.
  ///
  /// - Throws: ``WireError``.
  package static func identity(from bytes: UnsafeRawBufferPointer) throws(WireError) -> ModelIdentity {
    let limit = WireProtocol.maximumRequestBytes
    return try ModelIdentity(try message(from: bytes, "model identity", limit: limit))
  }
}

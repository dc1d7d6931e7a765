package import KVFormat

extension LeaseGrant {
  /// Returns the identity of the lease's model.
  ///
  /// - Parameter identities: The models that the worker registered with.
  /// - Returns: The one at the lease's place.
  /// - Throws: ``WireError/outOfRange(field:value:limit:)`` when there is no such model.
  package func identity(among identities: [ModelIdentity]) throws(WireError) -> ModelIdentity {
    guard identities.indices.contains(model) else {
      throw .outOfRange(
        field: "model of a lease",
        value: UInt64(clamping: model),
        limit: UInt64(max(0, identities.count - 1))
      )
    }
    return identities[model]
  }

  /// Returns the coding of the chunk's bytes, and checks that their number is the model's.
  ///
  /// - Parameters:
  ///   - shape: The sizes of the model's KV cache, as in its identity.
  ///   - type: The type of its elements.
  /// - Returns: The coding of the KV cache, with the summary as its trailer.
  /// - Throws: ``WireError/outOfRange(field:value:limit:)`` for a KV cache of another size,
  ///   ``WireError/malformed(what:reason:)`` for a codec that does not suit it.
  package func coding(shape: KVShape, type: KVType) throws(WireError) -> KVCoding {
    let expected = shape.byteCount(tokens: chunkTokens.count, type: type) ?? 0
    guard expected > 0, kvByteCount == expected, expected <= WireProtocol.maximumChunkBytes else {
      throw .outOfRange(
        field: "bytes of a chunk's KV cache",
        value: UInt64(clamping: kvByteCount),
        limit: UInt64(expected)
      )
    }
    let coding = KVCoding(
      codec,
      shape: shape,
      tokens: chunkTokens.count,
      type: type,
      trailerByteCount: summaryByteCount
    )
    guard let coding else {
      throw .malformed(what: "lease", reason: "the codec \(codec.rawValue) is not one of this KV cache's")
    }
    return coding
  }
}

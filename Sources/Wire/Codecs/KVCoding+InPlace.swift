extension KVCoding {
  /// Codes one layer in place: it moves to the front of the block, behind the coded layers before it.
  ///
  /// Layers are coded in order. Coded bytes replace plain ones that have been coded, never those of a later
  /// layer or of the trailer, which stays where it is until ``moveTrailer(of:)``.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: The plain layers and the trailer, at least ``byteCount`` bytes.
  ///   - room: Scratch memory, at least ``roomByteCount`` bytes.
  /// - Returns: True if there is such a layer and both are large enough; otherwise nothing is done.
  package func encodeInPlace(
    layer: Int,
    of block: UnsafeMutableRawBufferPointer,
    room: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= layer, block.count >= byteCount, room.count >= roomByteCount else { return false }
    guard !isPlain else { return true }
    let plain = UnsafeRawBufferPointer(rebasing: block[plainRange(layer)])
    let coded = UnsafeMutableRawBufferPointer(rebasing: room[..<codedLayerByteCount(layer)])
    guard encode(layer, plain, into: coded) else { return false }
    UnsafeMutableRawBufferPointer(rebasing: block[codedRange(layer)]).copyMemory(
      from: UnsafeRawBufferPointer(coded)
    )
    return true
  }

  /// Moves the trailer from behind the plain layers to behind the coded ones, once all layers are coded.
  ///
  /// - Parameter block: The coded layers at its front, the trailer behind the place of the plain layers; at
  ///   least ``byteCount`` bytes.
  /// - Returns: True if the block is large enough; otherwise nothing is done.
  package func moveTrailer(of block: UnsafeMutableRawBufferPointer) -> Bool {
    guard block.count >= byteCount else { return false }
    guard !isPlain, trailerByteCount > 0 else { return true }
    // Source and destination may overlap; this copies as if by way of other memory.
    UnsafeMutableRawBufferPointer(rebasing: block[codedLayersByteCount..<codedByteCount]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: block[layersByteCount..<byteCount])
    )
    return true
  }

  /// The offset of the coded bytes in the block that ``decodeInPlace(layer:of:room:)`` works in.
  package var codedOffset: Int { byteCount - codedByteCount }

  /// Decodes one layer in place: coded layers are at the end of the block, plain ones go to its front.
  ///
  /// Layers are decoded in order. A plain layer ends no later than the next coded one begins, so it replaces
  /// no coded layer but its own. The last one ends where the trailer begins.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: The coded layers from ``codedOffset`` on, with the trailer; at least ``byteCount`` bytes.
  ///   - room: Scratch memory, at least ``roomByteCount`` bytes.
  /// - Returns: True if there is such a layer and both are large enough; otherwise nothing is done.
  package func decodeInPlace(
    layer: Int,
    of block: UnsafeMutableRawBufferPointer,
    room: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= layer, block.count >= byteCount, room.count >= roomByteCount else { return false }
    guard !isPlain else { return true }
    let plain = plainRange(layer)
    let start = codedOffset + codedRange(layer).lowerBound
    let count = codedLayerByteCount(layer)
    var coded = UnsafeRawBufferPointer(rebasing: block[start..<start + count])
    // The plain layer reaches into its own coded bytes, so these are read from a copy.
    if start < plain.upperBound {
      let copy = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
      copy.copyMemory(from: coded)
      coded = UnsafeRawBufferPointer(copy)
    }
    return decode(layer, coded, into: UnsafeMutableRawBufferPointer(rebasing: block[plain]))
  }
}

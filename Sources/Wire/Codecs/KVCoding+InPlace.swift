extension KVCoding {
  /// Codes one layer within the memory of all plain ones: it goes to the front, behind the coded layers
  /// before it.
  ///
  /// Layers are coded in order. Coded bytes take the place of plain ones that have been coded, never of a
  /// later layer or of the trailer, which stays where it is until ``moveTrailer(of:)``.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: The plain layers and the trailer, ``byteCount`` bytes or more.
  ///   - room: ``roomByteCount`` bytes or more, anything.
  /// - Returns: Whether there is such a layer, block and room; else nothing is done.
  public func encodeInPlace(
    layer: Int,
    of block: UnsafeMutableRawBufferPointer,
    room: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= layer, block.count >= byteCount, room.count >= roomByteCount else { return false }
    guard !isPlain else { return true }
    let plain = UnsafeRawBufferPointer(rebasing: block[layer * layerByteCount..<(layer + 1) * layerByteCount])
    let coded = UnsafeMutableRawBufferPointer(rebasing: room[..<codedLayerByteCount])
    guard encode(plain, into: coded) else { return false }
    UnsafeMutableRawBufferPointer(rebasing: block[(layer * codedLayerByteCount)...]).copyMemory(
      from: UnsafeRawBufferPointer(coded)
    )
    return true
  }

  /// Moves the trailer from behind the plain layers to behind the coded ones, once all layers are coded.
  ///
  /// - Parameter block: The coded layers at its front, the trailer behind where the plain ones were,
  ///   ``byteCount`` bytes or more.
  /// - Returns: Whether there is such a block; else nothing is done.
  public func moveTrailer(of block: UnsafeMutableRawBufferPointer) -> Bool {
    guard block.count >= byteCount else { return false }
    guard !isPlain, trailerByteCount > 0 else { return true }
    // Where it goes may reach into where it lies: this copies as if by way of other memory.
    UnsafeMutableRawBufferPointer(rebasing: block[codedLayersByteCount..<codedByteCount]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: block[layersByteCount..<byteCount])
    )
    return true
  }

  /// Where the coded bytes begin in the memory that ``decodeInPlace(layer:of:room:)`` works in.
  public var codedOffset: Int { byteCount - codedByteCount }

  /// Brings one layer back within the memory of all plain ones, of which the coded ones are the end.
  ///
  /// Layers are brought back in order. A plain layer ends where the next coded one begins, or before, so it
  /// takes the place of no coded layer but its own. The last one ends where the trailer begins, which has its
  /// place from the start.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: ``byteCount`` bytes or more, the coded layers from ``codedOffset`` on and the trailer behind
  ///     them.
  ///   - room: ``roomByteCount`` bytes or more, anything.
  /// - Returns: Whether there is such a layer, block and room; else nothing is done.
  public func decodeInPlace(
    layer: Int,
    of block: UnsafeMutableRawBufferPointer,
    room: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= layer, block.count >= byteCount, room.count >= roomByteCount else { return false }
    guard !isPlain else { return true }
    let plain = layer * layerByteCount..<(layer + 1) * layerByteCount
    let start = codedOffset + layer * codedLayerByteCount
    var coded = UnsafeRawBufferPointer(rebasing: block[start..<start + codedLayerByteCount])
    if start < plain.upperBound {
      let copy = UnsafeMutableRawBufferPointer(rebasing: room[..<codedLayerByteCount])
      copy.copyMemory(from: coded)
      coded = UnsafeRawBufferPointer(copy)
    }
    return decode(coded, into: UnsafeMutableRawBufferPointer(rebasing: block[plain]))
  }
}

extension KVCoding {
  /// Codes one layer within the memory of all plain ones: it goes to the front, behind the coded layers
  /// before it.
  ///
  /// Layers are coded in order. Coded bytes take the place of plain ones that have been coded, never of a
  /// later layer.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: The plain layers, ``byteCount`` bytes or more.
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

  /// Where the coded bytes begin in the memory that ``decodeInPlace(layer:of:room:)`` works in.
  public var codedOffset: Int { byteCount - codedByteCount }

  /// Brings one layer back within the memory of all plain ones, of which the coded ones are the end.
  ///
  /// Layers are brought back in order. A plain layer ends where the next coded one begins, or before, so it
  /// takes the place of no coded layer but its own.
  ///
  /// - Parameters:
  ///   - layer: The layer's number.
  ///   - block: ``byteCount`` bytes or more, the coded layers from ``codedOffset`` on.
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

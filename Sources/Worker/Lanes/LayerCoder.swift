internal import Wire

/// A coder of one chunk's layers in place, as they become final. It also moves the trailer behind them.
struct LayerCoder {
  private let coding: KVCoding
  private let block: UnsafeMutableRawBufferPointer
  private let room: UnsafeMutableRawBufferPointer
  private var layers = 0
  private var isTrailerMoved = false

  /// Makes a coder that begins at the first layer.
  ///
  /// - Parameters:
  ///   - coding: The codec and the sizes.
  ///   - block: The plain layers and the trailer, as they become final.
  ///   - room: Scratch memory, at least as large as the coding needs.
  init(_ coding: KVCoding, block: UnsafeMutableRawBufferPointer, room: UnsafeMutableRawBufferPointer) {
    self.coding = coding
    self.block = block
    self.room = room
  }

  /// Codes the layers that have become final.
  ///
  /// - Parameter ready: The number of final plain bytes, counted from the front.
  /// - Returns: The number of bytes at the block's front that are ready to be sent.
  mutating func code(upTo ready: Int) -> Int {
    guard !coding.isPlain else { return ready }
    while layers < coding.layers, coding.plainRange(layers).upperBound <= ready,
      coding.encodeInPlace(layer: layers, of: block, room: room)
    {
      layers += 1
    }
    if layers == coding.layers, ready >= coding.byteCount, !isTrailerMoved {
      isTrailerMoved = coding.moveTrailer(of: block)
    }
    let coded = layers == 0 ? 0 : coding.codedRange(layers - 1).upperBound
    return coded + (isTrailerMoved ? coding.trailerByteCount : 0)
  }
}

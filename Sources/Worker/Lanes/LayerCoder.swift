internal import Wire

/// Codes the layers of one chunk in their place as they become final, and brings the trailer up behind them.
struct LayerCoder {
  private let coding: KVCoding
  private let block: UnsafeMutableRawBufferPointer
  private let room: UnsafeMutableRawBufferPointer
  private var layers = 0
  private var isTrailerMoved = false

  /// Begins at the first layer.
  ///
  /// - Parameters:
  ///   - coding: The codec and the sizes.
  ///   - block: The plain layers and the trailer, as they become final.
  ///   - room: What the coding needs to work in.
  init(_ coding: KVCoding, block: UnsafeMutableRawBufferPointer, room: UnsafeMutableRawBufferPointer) {
    self.coding = coding
    self.block = block
    self.room = room
  }

  /// Codes what has become final.
  ///
  /// - Parameter ready: How many plain bytes are final, counted from the front.
  /// - Returns: How many bytes at the block's front are ready to be sent.
  mutating func code(upTo ready: Int) -> Int {
    guard !coding.isPlain else { return ready }
    while layers < min(ready / coding.layerByteCount, coding.layers),
      coding.encodeInPlace(layer: layers, of: block, room: room)
    {
      layers += 1
    }
    if layers == coding.layers, ready >= coding.byteCount, !isTrailerMoved {
      isTrailerMoved = coding.moveTrailer(of: block)
    }
    return layers * coding.codedLayerByteCount + (isTrailerMoved ? coding.trailerByteCount : 0)
  }
}

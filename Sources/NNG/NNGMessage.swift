internal import CNNG

/// A message that owns its memory: a block of exactly the requested size, freed with this value.
package struct NNGMessage: ~Copyable, @unchecked Sendable {
  // Sendable: the block belongs to this value alone, which cannot be copied; moving it moves the block.
  private let raw: OpaquePointer

  /// Allocates a zeroed message.
  ///
  /// - Parameter byteCount: The size of the body in bytes.
  /// - Throws: ``NNGError`` when memory is short or the size is negative.
  package init(byteCount: Int) throws(NNGError) {
    guard byteCount >= 0 else {
      throw NNGError(.messageTooLarge, "cannot make a message of \(byteCount) bytes")
    }
    var message: OpaquePointer?
    try NNGError.check(nng_msg_alloc(&message, byteCount), "cannot make a message of \(byteCount) bytes")
    guard let message else {
      throw NNGError(.outOfMemory, "cannot make a message of \(byteCount) bytes")
    }
    self.raw = message
  }

  /// Allocates a message that holds a copy of some bytes.
  ///
  /// - Parameter bytes: The body.
  /// - Throws: ``NNGError`` when memory is short.
  package init(copying bytes: some Collection<UInt8>) throws(NNGError) {
    try self.init(byteCount: bytes.count)
    withMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// Takes over a message from libnng.
  init(adopting raw: OpaquePointer) { self.raw = raw }

  deinit { nng_msg_free(raw) }

  /// The size of the body in bytes.
  package var byteCount: Int { nng_msg_len(raw) }

  /// Lends the body for reading. Its first byte has no particular alignment.
  ///
  /// - Parameter body: Reads the bytes, which are valid only inside it.
  /// - Returns: The closure's result.
  /// - Throws: The closure's error.
  package func withBytes<Result: ~Copyable, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: nng_msg_body(raw), count: nng_msg_len(raw)))
  }

  /// Lends the body for writing. Its first byte has no particular alignment.
  ///
  /// - Parameter body: Writes the bytes, which are valid only inside it.
  /// - Returns: The closure's result.
  /// - Throws: The closure's error.
  package mutating func withMutableBytes<Result: ~Copyable, Failure>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeMutableRawBufferPointer(start: nng_msg_body(raw), count: nng_msg_len(raw)))
  }

  /// The connection over which a received message came; nil for a message made here.
  var pipe: PipeID? {
    let id = nng_pipe_id(nng_msg_get_pipe(raw))
    return id > 0 ? PipeID(rawValue: UInt32(id)) : nil
  }

  /// Returns the block, which the caller must free.
  consuming func release() -> OpaquePointer {
    let raw = self.raw
    discard self
    return raw
  }
}

internal import Memory

extension RegularFile {
  /// Copies a range of bytes out of the file.
  func bytes(_ range: Range<Int>) throws(GGUFError) -> AlignedBuffer {
    let buffer: AlignedBuffer
    do { buffer = try AlignedBuffer(byteCount: range.count) } catch {
      throw GGUFError(.unreadable, error.message, cause: error)
    }
    try fill(buffer.mutableBytes, at: range.lowerBound)
    return buffer
  }

  /// Fills a buffer from an offset in the file on.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GGUFError) {
    do { try read(into: buffer, at: offset) } catch { throw GGUFError(error, path: path) }
  }
}

extension GGUFError {
  /// The error with a message for a model file that cannot be read.
  init(_ error: FileError, path: String) {
    let (code, message): (Code, String) =
      switch error {
      case .system(let step, let reason): (.unreadable, "cannot \(step) model file \(path): \(reason)")
      case .directory: (.unreadable, "model file \(path) is a directory: name the .gguf file in it")
      case .notRegular:
        (.unreadable, "model file \(path) is a pipe, a device or a socket: name a .gguf file")
      case .empty: (.truncated, "model file \(path) is empty")
      case .changed:
        (
          .changed,
          "the model file \(path) changed while it was being read: start again when nobody writes to it"
        )
      }
    self.init(code, message, cause: error)
  }
}

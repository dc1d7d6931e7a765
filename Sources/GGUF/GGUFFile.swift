internal import Memory

/// A GGUF model file: metadata and tensors, all checked against the file's length.
///
/// Versions 2 and 3, little-endian. Opening reads the header only. Tensor data are copied out of the file on
/// demand, so a file that is cut short meanwhile causes an error and not a signal.
package final class GGUFFile: Sendable {
  /// The format's version, 2 or 3.
  package let version: UInt32
  /// The metadata.
  package let metadata: GGUFMetadata
  /// The tensors in the order of the file.
  package let tensors: [GGUFTensor]
  private let indexOfTensor: [String: Int]
  private let file: RegularFile

  /// The length of the file in bytes.
  package var byteCount: Int { file.byteCount }

  /// Opens a file and reads its header.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``GGUFError`` where the file cannot be read or is not a sound GGUF file.
  package init(path: String) throws(GGUFError) {
    let file: RegularFile
    do { file = try RegularFile(path: path) } catch { throw GGUFError(error, path: path) }
    do {
      let header = try Header.read(file)
      version = header.version
      metadata = header.metadata
      tensors = header.tensors
      indexOfTensor = header.indexOfTensor
      self.file = file
    } catch {
      // The messages of these name the file already.
      if error.code == .changed || error.code == .unreadable { throw error }
      throw GGUFError(error.code, "model file \(path): \(error.message)", cause: error.cause)
    }
  }

  /// Finds a tensor by its name.
  ///
  /// - Parameter name: The name.
  /// - Returns: The tensor; nil for none.
  package func tensor(named name: String) -> GGUFTensor? { indexOfTensor[name].map { tensors[$0] } }

  /// Reads the whole file front to back, for a digest.
  ///
  /// - Parameter body: Receives each part of the bytes, valid during the call only.
  /// - Throws: ``GGUFError`` where the file cannot be read to its end.
  package func forEachPart(_ body: (UnsafeRawBufferPointer) -> Void) throws(GGUFError) {
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { part.deallocate() }
    var offset = 0
    while offset < byteCount {
      let piece = UnsafeMutableRawBufferPointer(rebasing: part[..<min(part.count, byteCount - offset)])
      try file.fill(piece, at: offset)
      body(UnsafeRawBufferPointer(piece))
      offset += piece.count
    }
  }

  /// Checks that the file was neither written to nor replaced, so that all that was read of it belongs
  /// together.
  ///
  /// - Throws: ``GGUFError`` with the code `changed`.
  package func checkUnchanged() throws(GGUFError) {
    do { try file.checkUnchanged() } catch { throw GGUFError(error, path: file.path) }
  }
}

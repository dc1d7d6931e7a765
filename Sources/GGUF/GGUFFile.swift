internal import Memory

/// A GGUF model: metadata and tensors, all checked against the length of its file, or of each of its files where it
/// is split over several.
///
/// Versions 2 and 3, little-endian. Opening reads the headers only. Tensor data are copied out of the files on
/// demand, so a file that is cut short meanwhile causes an error and not a signal.
package final class GGUFFile: Sendable {
  /// The format's version, 2 or 3.
  package let version: UInt32
  /// The metadata.
  package let metadata: GGUFMetadata
  /// The tensors in the order of the file; of a split model, part by part.
  package let tensors: [GGUFTensor]
  /// The length of the file, or of all parts together, in bytes.
  package let byteCount: Int
  private let indexOfTensor: [String: Int]
  private let files: [RegularFile]

  /// The number of files: more than 1 for a split model.
  package var partCount: Int { files.count }

  /// Opens a file and reads its header; of a split model, all parts.
  ///
  /// - Parameter path: The path of the file, or of any part of a split model. The parts lie in one folder, under names
  ///   as in ``SplitName``.
  /// - Throws: ``GGUFError`` where a file cannot be read or is not a sound GGUF file, and where parts are missing or
  ///   of different models.
  package init(path: String) throws(GGUFError) {
    let parts = try ModelParts(path: path)
    version = parts.version
    metadata = parts.metadata
    tensors = parts.tensors
    byteCount = parts.byteCount
    indexOfTensor = parts.indexOfTensor
    files = parts.files
  }

  /// Finds a tensor by its name.
  ///
  /// - Parameter name: The name.
  /// - Returns: The tensor; nil for none.
  package func tensor(named name: String) -> GGUFTensor? { indexOfTensor[name].map { tensors[$0] } }

  /// Reads the whole file front to back, for a digest; of a split model, all parts in their order.
  ///
  /// - Parameter body: Receives each piece of the bytes, valid during the call only.
  /// - Throws: ``GGUFError`` where a file cannot be read to its end.
  package func forEachPart(_ body: (UnsafeRawBufferPointer) -> Void) throws(GGUFError) {
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { part.deallocate() }
    for file in files {
      var offset = 0
      while offset < file.byteCount {
        let piece = UnsafeMutableRawBufferPointer(rebasing: part[..<min(part.count, file.byteCount - offset)])
        try file.fill(piece, at: offset)
        body(UnsafeRawBufferPointer(piece))
        offset += piece.count
      }
    }
  }

  /// Checks that no file was written to or replaced, so that all that was read of them belongs together.
  ///
  /// - Throws: ``GGUFError`` with the code `changed`.
  package func checkUnchanged() throws(GGUFError) {
    for file in files {
      do { try file.checkUnchanged() } catch { throw GGUFError(error, path: file.path) }
    }
  }
}

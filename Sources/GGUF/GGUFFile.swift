internal import Memory

/// A GGUF model file, memory-mapped: metadata and tensors, all checked against the file's length.
///
/// Versions 2 and 3, little-endian. Opening reads the header only; tensor data are read when used.
public final class GGUFFile: Sendable {
  /// The format's version, 2 or 3.
  public let version: UInt32
  /// The metadata.
  public let metadata: GGUFMetadata
  /// The tensors in the order of the file.
  public let tensors: [GGUFTensor]
  private let indexOfTensor: [String: Int]
  private let file: MappedFile

  /// The length of the file in bytes.
  public var byteCount: Int { file.bytes.count }

  /// Maps a file and reads its header.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``GGUFError`` where the file cannot be read or is not a sound GGUF file.
  public init(path: String) throws(GGUFError) {
    let file = try Self.mapped(path)
    do {
      let header = try Header(file)
      version = header.version
      metadata = header.metadata
      tensors = header.tensors
      indexOfTensor = header.indexOfTensor
      self.file = file
    } catch {
      throw GGUFError(error.code, "model file \(path): \(error.message)")
    }
  }

  private static func mapped(_ path: String) throws(GGUFError) -> MappedFile {
    do throws(MappingError) {
      return try MappedFile(path: path)
    } catch {
      switch error {
      case .system(let step, let reason):
        throw GGUFError(.unreadable, "cannot \(step) model file \(path): \(reason)")
      case .directory:
        throw GGUFError(.unreadable, "model file \(path) is a directory: name the .gguf file in it")
      case .notRegular: throw GGUFError(.unreadable, "model file \(path) is not a regular file")
      case .empty: throw GGUFError(.truncated, "model file \(path) is empty")
      }
    }
  }

  /// Finds a tensor by its name.
  ///
  /// - Parameter name: The name.
  /// - Returns: The tensor, or nil.
  public func tensor(named name: String) -> GGUFTensor? { indexOfTensor[name].map { tensors[$0] } }

  /// Lends the bytes of the whole file, for a digest.
  ///
  /// - Parameter body: Uses the bytes, which are valid for the call only.
  /// - Returns: What `body` returns.
  /// - Throws: What the body throws.
  public func withFileBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try file.withBytes(body)
  }
}

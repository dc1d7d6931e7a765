package import CommandLineSupport
package import Recordings
internal import Runtime

extension RecordingFolder {
  /// Opens a folder to record into.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - model: The model that records.
  /// - Returns: The folder.
  /// - Throws: ``CommandFailure`` with code `badInput` for a folder that cannot be recorded into.
  package static func opened(_ path: String, _ model: RecordedModel) throws(CommandFailure) -> RecordingFolder
  {
    do throws(RecordingError) {
      return try RecordingFolder(path: path, model: model, digest: ContentDigest.sha256)
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }
}

extension RecordingLibrary {
  /// Opens a folder of recorded chunks.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - checksBytes: Whether all bytes are read and compared with their checksums too.
  /// - Returns: The chunks.
  /// - Throws: ``CommandFailure`` with code `badInput` for a folder that cannot be used.
  package static func opened(
    _ path: String,
    checksBytes: Bool = true
  ) throws(CommandFailure) -> RecordingLibrary {
    do throws(RecordingError) {
      return try RecordingLibrary(path: path, checksBytes: checksBytes, digest: ContentDigest.sha256)
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }
}

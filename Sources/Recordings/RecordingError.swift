internal import Failures

/// Why a recording cannot be written, read or used.
package struct RecordingError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The system refuses a file or folder.
    case unusable
    /// A file is shorter or longer than it says, or its bytes are not those that were written.
    case damaged
    /// A file was written to or cut short while it was in use.
    case changed
    /// A file was written by another version.
    case version
    /// A file belongs to another model, or another arithmetic, than its folder.
    case otherModel
    /// The folder holds no chunk.
    case empty
    /// This chunk was not recorded.
    case notRecorded
    /// No chunk of this length was recorded with such a summary.
    case noneOfLength
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The error of the file or of the message to be written, where that was the reason.
  package let cause: (any Error)?

  private init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension RecordingError {
  /// The system refuses a file or folder.
  package static func unusable(path: String, reason: String, cause: (any Error)? = nil) -> RecordingError {
    RecordingError(.unusable, "the recording \(path) cannot be used: \(reason)", cause: cause)
  }

  /// A file is shorter or longer than it says, or its bytes are not those that were written.
  package static func damaged(path: String, reason: String, cause: (any Error)? = nil) -> RecordingError {
    RecordingError(.damaged, "the recording \(path) is damaged: \(reason); record it again", cause: cause)
  }

  /// A file was written to or cut short while it was in use.
  package static func changed(path: String, cause: (any Error)? = nil) -> RecordingError {
    RecordingError(
      .changed,
      "the recording \(path) changed while it was in use: start again, and leave its folder alone meanwhile",
      cause: cause
    )
  }

  /// A file was written by another version.
  package static func version(path: String, found: UInt32) -> RecordingError {
    RecordingError(
      .version,
      "the recording \(path) has version \(found), this program reads \(ChunkRecording.version): record it again"
    )
  }

  /// A file belongs to another model, or another arithmetic, than its folder.
  package static func otherModel(path: String) -> RecordingError {
    RecordingError(
      .otherModel,
      "the recording \(path) was made with another model or arithmetic than its folder: use one folder for each"
    )
  }

  /// The folder holds no chunk.
  package static func empty(path: String) -> RecordingError {
    RecordingError(
      .empty,
      "the folder \(path) holds no recorded chunk: record some with braid worker --record"
    )
  }

  /// This chunk was not recorded.
  package static func notRecorded(tokens: Int, key: ContentDigest) -> RecordingError {
    RecordingError(
      .notRecorded,
      "this chunk of \(tokens) tokens was not recorded (key \(key.description.prefix(12))): record the "
        + "document with the same settings, --summaries among them, or take stand-ins with --replay-any"
    )
  }

  /// No chunk of this length was recorded with such a summary.
  package static func noneOfLength(tokens: Int) -> RecordingError {
    RecordingError(
      .noneOfLength,
      "no chunk of \(tokens) tokens was recorded with such a summary, so there is no stand-in for it"
    )
  }
}

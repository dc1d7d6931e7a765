/// An error in writing, reading or using a recording.
public enum RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system refuses a file or folder.
  case unusable(path: String, reason: String)

  /// A file is shorter or longer than it declares, or its bytes are not those that were written.
  case damaged(path: String, reason: String)

  /// A file was written to or cut short while it was in use.
  case changed(path: String)

  /// A file was written by another version.
  case version(path: String, found: UInt32)

  /// A file belongs to another model, or another arithmetic, than its folder.
  case otherModel(path: String)

  /// The folder holds no chunk.
  case empty(path: String)

  /// This chunk was not recorded.
  case notRecorded(tokens: Int, key: ContentDigest)

  /// No chunk of this length was recorded with such a summary.
  case noneOfLength(tokens: Int)

  public var description: String {
    switch self {
    case .unusable(let path, let reason): "the recording \(path) cannot be used: \(reason)"
    case .damaged(let path, let reason): "the recording \(path) is damaged: \(reason); record it again"
    case .changed(let path):
      "the recording \(path) changed while it was in use: start again, and leave its folder alone meanwhile"
    case .version(let path, let found):
      "the recording \(path) has version \(found), this program reads \(ChunkRecording.version): record it again"
    case .otherModel(let path):
      "the recording \(path) was made with another model or arithmetic than its folder: use one folder for each"
    case .empty(let path):
      "the folder \(path) holds no recorded chunk: record some with braid worker --record"
    case .notRecorded(let tokens, let key):
      "this chunk of \(tokens) tokens was not recorded (key \(key.description.prefix(12))): record the "
        + "document with the same settings, --summaries among them, or take stand-ins with --replay-any"
    case .noneOfLength(let tokens):
      "no chunk of \(tokens) tokens was recorded with such a summary, so there is no stand-in for it"
    }
  }
}

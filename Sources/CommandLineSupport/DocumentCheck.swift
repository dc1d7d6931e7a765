internal import APITypes

/// A check that a file is text.
package enum DocumentCheck {
  /// Returns the text of a file that is to be encoded, in UTF-8 and without its byte order mark. A few
  /// invalid bytes may be left in it; they are replaced later.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: The file's name, for the message.
  /// - Returns: The text.
  /// - Throws: ``CommandFailure`` with code `badInput` for an empty file and for what is no text.
  package static func text(of bytes: [UInt8], name: String) throws(CommandFailure) -> [UInt8] {
    do throws(ServiceError) {
      return try DocumentText(bytes, name: name).bytes
    } catch {
      throw CommandFailure(error)
    }
  }
}

package import APITypes

/// The check of a document in a request's body by its content type.
package enum DocumentBody {
  /// Checks that a body is a text and not a form around one.
  ///
  /// - Parameter header: The content type as the client gave it; nil and types that are not known are left to the
  ///   bytes themselves.
  /// - Throws: ``ServiceError`` of code `notText` that says how to send a document.
  package static func check(contentType header: String?) throws(ServiceError) {
    guard let header else { return }
    let parts = header.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
    let type = parts.first ?? ""
    if type == "application/x-www-form-urlencoded" {
      throw ServiceError(
        .notText,
        "The body came as a form (\(type)), in which line ends are lost: send the file as it is, for example with "
          + "`curl --data-binary @FILE -H \"content-type: text/plain\"`."
      )
    }
    if type.hasPrefix("multipart/") || type == "application/json" {
      throw ServiceError(
        .notText,
        "The body is \(type): send the document's text itself, as text/plain, for example with "
          + "`curl --data-binary @FILE -H \"content-type: text/plain\"`."
      )
    }
    let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
    guard let name = charset.map({ $0.filter { $0 != "\"" } }), !name.isEmpty else { return }
    // Text in UTF-16 or UTF-32 shows it by its byte order mark.
    guard
      ["utf-8", "utf8", "us-ascii", "ascii"].contains(name) || name.hasPrefix("utf-16")
        || name.hasPrefix("utf-32")
    else {
      throw ServiceError(.notText, "The body's charset is \(name): send the document in UTF-8.")
    }
  }
}

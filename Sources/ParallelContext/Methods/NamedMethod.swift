/// A method with the text by which it was asked for.
package struct NamedMethod: Sendable, Hashable {
  /// The name or the text that was given.
  package let name: String
  /// The method.
  package let method: Method

  /// Reads a method; see ``Method/init(parsing:)``.
  ///
  /// - Throws: ``ContextError`` that names the bad part and what is allowed.
  package init(parsing text: String) throws(ContextError) {
    name = text
    method = try Method(parsing: text)
  }

  /// Reads a list of methods.
  ///
  /// A semicolon ends a method. So does a comma before a name, as in `paper,best,left=256`; before anything
  /// else the method goes on, here `best`.
  ///
  /// - Parameter text: The list.
  /// - Returns: The methods in the order given; none for an empty list.
  /// - Throws: ``ContextError`` that names the bad part and what is allowed.
  package static func list(parsing text: String) throws(ContextError) -> [NamedMethod] {
    var methods: [NamedMethod] = []
    for list in text.split(separator: ";") {
      var parts: [String] = []
      for piece in list.split(separator: ",") {
        if let last = parts.last, Method.named(String(piece)) == nil {
          parts[parts.count - 1] = "\(last),\(piece)"
        } else {
          parts.append(String(piece))
        }
      }
      for part in parts { methods.append(try NamedMethod(parsing: part)) }
    }
    return methods
  }
}

/// One message of a conversation.
package struct ChatMessage: Codable, Hashable, Sendable {
  /// The role of a speaker.
  package enum Role: String, Codable, Hashable, Sendable {
    /// Instructions to the model.
    case system
    /// The person who asks.
    case user
    /// The model.
    case assistant
  }

  /// The role of the speaker.
  package var role: Role
  /// The text.
  package var content: String

  package init(role: Role, content: String) {
    self.role = role
    self.content = content
  }

  private enum CodingKeys: String, CodingKey { case role, content }

  private struct Part: Decodable {
    var text: String

    enum CodingKeys: String, CodingKey { case type, text }

    init(from decoder: any Decoder) throws {
      let fields = try RequestFields(decoder, CodingKeys.self)
      guard try fields.text(.type) == "text" else {
        throw fields.refusal(.type, "only parts of type \"text\" are understood")
      }
      guard let text = try fields.text(.text) else { throw fields.refusal(.text, "it must be a text") }
      self.text = text
    }
  }

  /// Reads a message whose content is a text or a list of text parts; the role `developer` counts as
  /// `system`.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` that names the field at fault, its value and what is taken.
  package init(from decoder: any Decoder) throws {
    let fields = try RequestFields(decoder, CodingKeys.self)
    let name = try fields.text(.role)
    guard let role = name == "developer" ? .system : name.flatMap(Role.init(rawValue:)) else {
      throw fields.refusal(.role, "it must be \"system\", \"developer\", \"user\" or \"assistant\"")
    }
    self.role = role
    if let text = fields.attempt(.content, String.self) {
      content = text
      return
    }
    let taken = "it must be a text or a list of parts with texts"
    guard let parts = try fields.value(.content, [Part].self, taken) else {
      throw fields.refusal(.content, taken)
    }
    content = parts.map(\.text).joined(separator: "\n")
  }
}

/// A message of a conversation.
package struct ChatTemplateMessage: Hashable, Sendable {
  /// Who speaks: `system`, `user` or `assistant`.
  package var role: String
  /// What is said.
  package var content: String

  package init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

package import APITypes
internal import ParallelContext
package import Tokenizers

/// The tokens around a document: the sink before it, the question and the opening of the answer behind it.
package struct PromptWriter: Sendable {
  let tokenizer: Tokenizer

  package init(tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// The warning about a model whose chat template is missing or cannot be used; nil for others.
  package var warning: String? {
    let chat = tokenizer.chat
    guard chat.family == .plain else { return nil }
    let reason =
      chat.problem.map { "the model's chat template cannot be used (\($0))" }
      ?? "the model has no chat template"
    return "\(reason): questions are asked in plain form, and the answers may be worse for it"
  }

  /// The sink that a submission names: `none`, `bos`, `chat` (the opening of a chat, the default) or a text
  /// of one's own.
  ///
  /// A chat's opening is the natural sink of an instruct model: it stands before every document anyway, and
  /// the sink is kept.
  ///
  /// - Parameter choice: The choice; nil for the default.
  /// - Returns: The tokens, none for `none`.
  /// - Throws: `ServiceError` for a choice that this model does not have.
  package func sink(_ choice: String?) throws(ServiceError) -> [Int32] {
    switch choice ?? "chat" {
    case "none": return []
    case "bos":
      guard let begin = tokenizer.beginToken else {
        throw ServiceError(.badInput, "this model has no begin-of-text token; choose another sink")
      }
      return [begin]
    case "chat": return tokenizer.chatOpening
    case let text:
      return tokenizer.leadingTokens + tokenizer.encode(text, special: .asText)
    }
  }

  /// The tokens behind the document: the question and the opening of the answer.
  ///
  /// - Parameter messages: The conversation.
  /// - Returns: The tokens.
  /// - Throws: `ServiceError` for a conversation of more than one question, which is not supported yet.
  package func tail(_ messages: [ChatMessage]) throws(ServiceError) -> [Int32] {
    guard let question = messages.last, messages.count == 1 else {
      throw ServiceError(
        .badInput,
        "send one user message with the question; conversations and system messages are not supported yet"
      )
    }
    return tokenizer.encode("\n\n" + question.content, special: .asText, continuing: true)
      + tokenizer.chatClosing
  }
}

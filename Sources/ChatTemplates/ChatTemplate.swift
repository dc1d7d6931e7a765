/// A chat template, as model files hold it: a program in a part of Jinja that writes a conversation as the text
/// that the model was trained on.
///
/// Templates are rendered as Hugging Face's `transformers` renders them: jinja2's immutable sandbox with
/// `trim_blocks`, `lstrip_blocks` and loop controls. Since a template comes from a file it is bounded in all that
/// it does (``ChatTemplateLimits``), and whatever it names that is not known here is an error, not a guess.
package struct ChatTemplate: Sendable {
  private let body: [Statement]
  private let limits: ChatTemplateLimits

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - source: The template.
  ///   - limits: The bounds of what it may cost.
  /// - Throws: ``ChatTemplateError`` where the template is no Jinja, uses what is not known, or is too large.
  package init(_ source: String, limits: ChatTemplateLimits = .init()) throws(ChatTemplateError) {
    guard source.utf8.count <= limits.sourceBytes else {
      throw ChatTemplateError(
        .limit,
        "the chat template has \(source.utf8.count) bytes; at most \(limits.sourceBytes) are read"
      )
    }
    var lexer = Lexer(source)
    var parser = Parser(try lexer.cut(), nesting: min(limits.nesting, 100))
    body = try parser.template()
    self.limits = limits
  }

  /// Writes a conversation, with the variables that `transformers` gives a template.
  ///
  /// - Parameters:
  ///   - messages: The conversation.
  ///   - addGenerationPrompt: True if the beginning of an assistant's turn is to follow.
  ///   - bosToken: The spelling of the token that begins a text; nil if the model has none.
  ///   - eosToken: The spelling of the token that ends a text; nil if the model has none.
  ///   - date: The present date; nil for a rendering without, where `strftime_now` is undefined.
  /// - Returns: The text, whose special tokens are spelled out.
  /// - Throws: ``ChatTemplateError`` where the template refuses the conversation, fails, or costs too much.
  package func render(
    messages: [ChatTemplateMessage],
    addGenerationPrompt: Bool,
    bosToken: String? = nil,
    eosToken: String? = nil,
    date: ChatDate? = nil
  ) throws(ChatTemplateError) -> String {
    var variables: [String: TemplateValue] = [
      "messages": .list(
        messages.map {
          .mapping([.init("role", .text($0.role)), .init("content", .text($0.content))])
        }
      ),
      "tools": .none,
      "documents": .none,
      "add_generation_prompt": .bool(addGenerationPrompt),
    ]
    variables["bos_token"] = bosToken.map { .text($0) }
    variables["eos_token"] = eosToken.map { .text($0) }
    return try render(variables, date: date)
  }

  /// Renders the template with variables of one's own.
  ///
  /// - Parameters:
  ///   - variables: The values by name.
  ///   - date: The present date; nil for a rendering without, where `strftime_now` is undefined.
  /// - Returns: The text.
  /// - Throws: ``ChatTemplateError`` where the template fails or costs too much.
  package func render(
    _ variables: [String: TemplateValue],
    date: ChatDate? = nil
  ) throws(ChatTemplateError) -> String {
    let renderer = Renderer(limits, date)
    defer { renderer.dissolve() }
    return try renderer.render(body, variables)
  }
}

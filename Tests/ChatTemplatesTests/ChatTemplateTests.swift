internal import ChatTemplates
internal import Testing

@Suite struct ChatTemplateTests {
  private static let conversation = [
    ChatTemplateMessage(role: "user", content: "Why?"),
    ChatTemplateMessage(role: "assistant", content: "So."),
  ]

  @Test("A conversation is given as transformers gives it")
  func variables() throws {
    let template = try ChatTemplate(
      "{{ bos_token }}{% for m in messages %}{{ m.role ~ ':' ~ m['content'] ~ eos_token }}{% endfor %}"
        + "{{ tools }}{{ documents }}{{ add_generation_prompt }}{{ strftime_now is defined }}"
    )
    let text = try template.render(
      messages: Self.conversation,
      addGenerationPrompt: true,
      bosToken: "<s>",
      eosToken: "</s>"
    )
    #expect(text == "<s>user:Why?</s>assistant:So.</s>NoneNoneTrueFalse")
  }

  @Test("Tokens that a model lacks are undefined")
  func absentTokens() throws {
    let template = try ChatTemplate("{{ bos_token is defined }}{{ eos_token }}")
    #expect(try template.render(messages: [], addGenerationPrompt: false) == "False")
  }

  @Test("A date makes strftime_now a function")
  func date() throws {
    let template = try ChatTemplate(
      "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'no date' }}"
    )
    #expect(try template.render(messages: [], addGenerationPrompt: false) == "no date")
    let date = ChatDate(secondsSince1970: 951_782_400)
    #expect(try template.render(messages: [], addGenerationPrompt: false, date: date) == "29 Feb 2000")
  }

  @Test(
    "A number of seconds becomes its date",
    arguments: [
      (0, "1970-01-01 4 001"), (86_399, "1970-01-01 4 001"), (68_169_600, "1972-02-29 2 060"),
      (946_684_799, "1999-12-31 5 365"), (1_709_251_200, "2024-03-01 5 061"),
      (4_107_542_400, "2100-03-01 1 060"),
      (253_402_300_799, "9999-12-31 5 365"), (Int.max, "9999-12-31 5 365"), (Int.min, "1970-01-01 4 001"),
    ]
  )
  func calendar(_ seconds: Int, _ expected: String) throws {
    let date = ChatDate(secondsSince1970: seconds)
    let text = try ChatTemplate("{{ strftime_now('%Y-%m-%d w %j') }}").render([:], date: date)
    #expect(text.replacing(" w ", with: " \(date.weekday) ") == expected)
  }

  @Test("A refusal of the template is told as its own words")
  func raises() throws {
    let template = try ChatTemplate("\n\n{{ raise_exception('Roles must alternate') }}")
    let error = #expect(throws: ChatTemplateError.self) {
      try template.render(messages: Self.conversation, addGenerationPrompt: true)
    }
    #expect(error?.code == .raised)
    #expect(error?.message == "the chat template refuses the conversation: Roles must alternate")
  }

  @Test("A rendering does not change the next one")
  func isRepeatable() throws {
    let template = try ChatTemplate(
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}"
    )
    for _ in 0..<3 {
      #expect(try template.render(messages: Self.conversation, addGenerationPrompt: true) == "2")
    }
  }
}

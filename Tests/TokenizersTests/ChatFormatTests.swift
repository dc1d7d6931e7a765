internal import Testing
internal import Tokenizers

@Suite struct ChatFormatTests {
  private static func format(
    _ template: String?,
    begin: String? = "<s>",
    secondsSince1970: Int? = nil
  ) -> ChatFormat {
    ChatFormat(template: template, beginToken: begin, endToken: "</s>", secondsSince1970: secondsSince1970)
  }

  @Test("The model's own template gives the text that its answers were recorded with")
  func theModels() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let chat = tokenizer.chat
    #expect(chat.family == .chatML && chat.isPresent && chat.problem == nil)
    #expect(
      chat.opening
        == "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n"
    )
    #expect(chat.closing == "<|im_end|>\n<|im_start|>assistant\n")
    #expect(chat.ending == "<|im_end|>\n")
    #expect(
      tokenizer.chatOpening == tokenizer.leadingTokens + tokenizer.encode(chat.opening, special: .parse)
    )
    #expect(tokenizer.chatOpening.first == 1)
    #expect(tokenizer.chatOpening.count { $0 == 1 } == 2)
    #expect(tokenizer.chatOpening.count { $0 == 2 } == 1)
    #expect(tokenizer.chatClosing.first == 2)
    #expect(tokenizer.stopTokens.contains(2))
  }

  @Test("A system message of the template's own accord stands before the user's turn")
  func defaultSystem() {
    let qwen = """
      {%- if tools %}{{- '<|im_start|>system\\n' }}{%- if x %}{{- messages[0]['content'] }}{%- endif %}
      {%- elif messages[0].role != 'system' %}{{- '<|im_start|>system\\nYou are Qwen.\\nYou help.<|im_end|>\\n' }}{%- endif %}
      {%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endfor %}
      {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
      """
    let chat = Self.format(qwen)
    #expect(chat.opening == "<|im_start|>system\nYou are Qwen.\nYou help.<|im_end|>\n<|im_start|>user\n")
    #expect(chat.closing == "<|im_end|>\n<|im_start|>assistant\n")
    #expect(chat.family == .chatML)
  }

  @Test(
    "A family is named by the marks of turns that its template writes",
    arguments: [
      (ChatFormat.Family.chatML, "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
      (.llama3, "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
      (.mistral, "<s>[INST] ", " [/INST]"),
      (.gemma, "<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"),
      (.granite, "<|start_of_role|>user<|end_of_role|>", "<|end_of_text|>\n"),
      (.deepSeek, "<｜User｜>", "<｜Assistant｜>"), (.phi3, "<|user|>\n", "<|end|>\n<|assistant|>\n"),
      (.zephyr, "<|user|>\n", "\n<|assistant|>\n"), (.own, "### Human: ", "\n### Bot:"),
    ]
  )
  func families(_ family: ChatFormat.Family, _ opening: String, _ closing: String) {
    let chat = Self.format("\(opening){{ messages[0].content }}\(closing)[[end]]")
    #expect(chat.family == family)
    #expect(chat.opening == opening)
    #expect(chat.closing == closing + "[[end]]")
    #expect(chat.problem == nil)
  }

  @Test("A mark of turns in a part of the template that writes nothing names no family")
  func marksOutOfReach() {
    let source = "{% if tools %}<|im_start|><|im_end|>{% endif %}Q: {{ messages[0].content }} A:"
    #expect(Self.format(source).family == .own)
  }

  @Test("The begin token is not doubled where the template writes it")
  func beginToken() throws {
    var configuration = try TestModel.configuration()
    configuration.beginToken = 0
    configuration.addsBeginToken = true
    for source in ["{{ messages[0].content }}!", "{{ bos_token }}{{ messages[0].content }}!"] {
      configuration.chatTemplate = source
      #expect(try Tokenizer(configuration).chatOpening == [0])
    }
    configuration.addsBeginToken = false
    #expect(try Tokenizer(configuration).chatOpening == [0])
  }

  @Test("An answer ends with the special token that the template writes after an assistant's words")
  func stopTokens() throws {
    var configuration = try TestModel.configuration()
    configuration.tokens += ["<end_of_words>"]
    configuration.tokenTypes += [.control]
    let token = Int32(configuration.tokens.count - 1)
    configuration.chatTemplate = """
      {%- for m in messages %}{{ '<start_of_turn>' + m.role + '\\n' + m.content + ' <end_of_words>\\n' }}{% endfor -%}
      """
    #expect(try Tokenizer(configuration).stopTokens.contains(token))
    configuration.chatTemplate = "{% for m in messages %}{{ m.content }}.<end_of_words>{% endfor %}"
    #expect(try !Tokenizer(configuration).stopTokens.contains(token))
    // One that refuses a conversation that ends with an answer.
    configuration.chatTemplate =
      "{{ messages[0].content if messages | length == 1 else raise_exception('no') }}"
    let tokenizer = try Tokenizer(configuration)
    #expect(tokenizer.chat.problem == nil && tokenizer.chat.ending.isEmpty)
  }

  @Test("A template has the date only if it cannot do without")
  func date() {
    let time = 951_782_400
    let optional =
      "{{ strftime_now('%Y') if strftime_now is defined else 'undated' }} {{ messages[0].content }}"
    #expect(Self.format(optional, secondsSince1970: time).opening == "undated ")
    let demanding = "{{ strftime_now('%d %b %Y') }} {{ messages[0].content }}"
    #expect(Self.format(demanding, secondsSince1970: time).opening == "29 Feb 2000 ")
    #expect(Self.format(demanding).problem?.contains("\"strftime_now\" is undefined") == true)
  }

  @Test("Without a template the format is the plain one")
  func absent() {
    let chat = Self.format(nil)
    #expect(chat.family == .plain && !chat.isPresent && chat.problem == nil)
    #expect(chat.opening.isEmpty)
    #expect(chat.closing == "\n\nAnswer:")
  }

  @Test(
    "A template that cannot be used is told with the reason, and the format is the plain one",
    arguments: [
      ("{% frob %}", "line 1 of the chat template: there is no tag \"frob\""), ("{{ x", "line 1"),
      ("{{ raise_exception('No chats here') }}", "refuses the conversation: No chats here"),
      ("nothing", "0 times"), ("{{ messages[0].content | upper }}", "0 times"),
      ("{{ messages[0].content ~ messages[0].content }}", "2 times"),
      ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "steps"),
      ("{{ raise_exception('long ' * 10000) }}", "long long"),
    ]
  )
  func unusable(_ source: String, _ reason: String) throws {
    let chat = Self.format(source)
    #expect(chat.family == .plain && chat.isPresent)
    #expect(chat.closing == "\n\nAnswer:")
    let problem = try #require(chat.problem)
    #expect(problem.contains(reason), "\(problem)")
    #expect(problem.unicodeScalars.count <= 500)
  }
}

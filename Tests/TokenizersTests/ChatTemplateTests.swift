internal import Testing
internal import Tokenizers

@Suite struct ChatTemplateTests {
  @Test func readsTheModelsTemplate() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let template = tokenizer.chatTemplate
    #expect(template.family == .chatML)
    #expect(template.isRecognised)
    #expect(
      template.opening()
        == "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n"
    )
    #expect(
      template.opening(system: "Be brief.") == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n"
    )
    #expect(template.closing == "<|im_end|>\n<|im_start|>assistant\n")
    let ids = tokenizer.encode(template.opening(), special: .parse)
    #expect(ids.first == 1)
    #expect(ids.count { $0 == 1 } == 2)
    #expect(ids.count { $0 == 2 } == 1)
  }

  @Test func readsOtherChatML() {
    let qwen = """
      {%- if tools %}{{- '<|im_start|>system\\n' }}{%- if x %}{{- messages[0]['content'] }}{%- endif %}{%- else %}
      {{- '<|im_start|>system\\nYou are Qwen.\\nYou help.<|im_end|>\\n' }}{%- endif %}
      """
    let template = ChatTemplate(qwen) { _ in true }
    #expect(template.defaultSystem == "You are Qwen.\nYou help.")
    let bare = ChatTemplate("{{ '<|im_start|>' + role + '\\n' + content + '<|im_end|>' }}") { _ in true }
    #expect(bare.opening() == "<|im_start|>user\n")
  }

  @Test func readsLlama3() {
    let source =
      "{{ '<|start_header_id|>' + role + '<|end_header_id|>\n\n' + content | trim + '<|eot_id|>' }}"
    let template = ChatTemplate(source) { _ in true }
    #expect(template.family == .llama3)
    #expect(template.opening() == "<|start_header_id|>user<|end_header_id|>\n\n")
    #expect(
      template.opening(system: "S").hasPrefix("<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>")
    )
    #expect(template.closing == "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
  }

  @Test func fallsBackToPlainText() {
    for template in [
      ChatTemplate(nil) { _ in true }, ChatTemplate("{{ '[INST]' }}") { _ in true },
      ChatTemplate("<|im_start|><|im_end|>") { _ in false },
    ] {
      #expect(template.family == .plain)
      #expect(!template.isRecognised)
      #expect(template.opening() == "")
      #expect(!template.closing.isEmpty)
    }
  }
}

extension ChatFormat {
  /// A kind of format, recognised by the marks of turns that a template writes.
  package struct Family: Hashable, Sendable, CustomStringConvertible {
    /// The name of the family.
    package let description: String

    /// `<|im_start|>role … <|im_end|>`
    package static let chatML = Family(description: "ChatML")
    /// `<|start_header_id|>role<|end_header_id|> … <|eot_id|>`
    package static let llama3 = Family(description: "Llama 3")
    /// `[INST] … [/INST]`
    package static let mistral = Family(description: "Llama 2 or Mistral")
    /// `<start_of_turn>role … <end_of_turn>`
    package static let gemma = Family(description: "Gemma")
    /// `<|start_of_role|>role<|end_of_role|> … <|end_of_text|>`
    package static let granite = Family(description: "Granite")
    /// `<｜User｜> … <｜Assistant｜>`
    package static let deepSeek = Family(description: "DeepSeek")
    /// `<|user|> … <|end|>`
    package static let phi3 = Family(description: "Phi-3")
    /// `<|user|> … <|assistant|>`
    package static let zephyr = Family(description: "Zephyr")
    /// Marks of its own.
    package static let own = Family(description: "from the file")
    /// No special tokens: for models whose template is absent or cannot be used.
    package static let plain = Family(description: "plain")

    /// The families by their marks, those of more before those of fewer.
    private static let marks: [(family: Family, marks: [String])] = [
      (chatML, ["<|im_start|>", "<|im_end|>"]),
      (llama3, ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]),
      (mistral, ["[INST]", "[/INST]"]),
      (gemma, ["<start_of_turn>", "<end_of_turn>"]),
      (granite, ["<|start_of_role|>", "<|end_of_role|>"]),
      (deepSeek, ["<｜User｜>", "<｜Assistant｜>"]),
      (phi3, ["<|user|>", "<|end|>", "<|assistant|>"]),
      (zephyr, ["<|user|>", "<|assistant|>"]),
    ]

    /// The family whose marks a text has; nil for none.
    init?(writing text: String) {
      guard let found = Self.marks.first(where: { $0.marks.allSatisfy(text.contains) }) else { return nil }
      self = found.family
    }

    private init(description: String) { self.description = description }
  }
}

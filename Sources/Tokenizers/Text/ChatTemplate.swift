/// The format of a chat: the text that a model expects around a user's turn.
///
/// A chat is ``opening(system:)``, the user's text, ``closing``, and then the model's answer. The two are
/// encoded with special tokens parsed, the user's text without.
package struct ChatTemplate: Sendable, Equatable {
  /// A known format of chats.
  package struct Family: Hashable, Sendable, CustomStringConvertible {
    /// The name of the family.
    package let description: String

    /// `<|im_start|>role … <|im_end|>`
    package static let chatML = Family(description: "ChatML")
    /// `<|start_header_id|>role<|end_header_id|> … <|eot_id|>`
    package static let llama3 = Family(description: "Llama 3")
    /// No special tokens: for models whose template is absent or not recognised.
    package static let plain = Family(description: "plain")
  }

  /// The recognised format.
  package let family: Family
  /// True if the model's own template was recognised; false if there is none or it is of no known family.
  package let isRecognised: Bool
  /// True if the model has a template, recognised or not.
  package let isPresent: Bool
  /// The system message that the template inserts where none is given.
  package let defaultSystem: String?

  /// Recognises a template.
  ///
  /// - Parameters:
  ///   - source: The template in Jinja, as the model file holds it.
  ///   - hasSpecialToken: Returns true if the vocabulary has a special token of a spelling.
  package init(_ source: String?, hasSpecialToken: (String) -> Bool) {
    isPresent = source != nil
    let source = source ?? ""
    func uses(_ tokens: String...) -> Bool {
      tokens.allSatisfy { source.contains($0) && hasSpecialToken($0) }
    }
    if uses("<|im_start|>", "<|im_end|>") {
      family = .chatML
      defaultSystem = Self.defaultSystem(in: source)
    } else if uses("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>") {
      family = .llama3
      defaultSystem = nil
    } else {
      family = .plain
      defaultSystem = nil
    }
    isRecognised = family != .plain
  }

  /// The text before the user's: the system's turn, where there is one, and the start of the user's turn.
  ///
  /// - Parameter system: A system message in place of the default one.
  /// - Returns: The text, to be encoded with special tokens parsed.
  package func opening(system: String? = nil) -> String {
    let system = system ?? defaultSystem
    switch family {
    case .chatML:
      return (system.map { "<|im_start|>system\n\($0)<|im_end|>\n" } ?? "") + "<|im_start|>user\n"
    case .llama3:
      return (system.map { "<|start_header_id|>system<|end_header_id|>\n\n\($0)<|eot_id|>" } ?? "")
        + "<|start_header_id|>user<|end_header_id|>\n\n"
    default:
      return system.map { "\($0)\n\n" } ?? ""
    }
  }

  /// The text after the user's: the end of the user's turn and the start of the assistant's.
  package var closing: String {
    switch family {
    case .chatML: "<|im_end|>\n<|im_start|>assistant\n"
    case .llama3: "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    default: "\n\nAnswer:"
    }
  }

  /// The system message that a ChatML template holds as a plain string.
  private static func defaultSystem(in source: String) -> String? {
    // In a Jinja string a line end is either a line end or the two characters \n.
    for lineEnd in ["\n", "\\n"] {
      for part in source.pieces(after: "<|im_start|>system" + lineEnd) {
        guard let message = part.piece(before: "<|im_end|>"), !message.isEmpty,
          !message.contains(where: { "'\"{}".contains($0) })
        else { continue }
        return message.pieces(split: "\\n").joined(separator: "\n")
      }
    }
    return nil
  }
}

extension StringProtocol {
  /// Cuts the string at every occurrence of a separator, which may not be empty.
  fileprivate func pieces(split separator: String) -> [SubSequence] {
    var pieces: [SubSequence] = []
    var start = startIndex
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(separator) {
        pieces.append(self[start..<index])
        index = self.index(index, offsetBy: separator.count)
        start = index
      } else {
        index = self.index(after: index)
      }
    }
    return pieces + [self[start...]]
  }

  /// The parts that follow each occurrence of a string, up to the next occurrence.
  fileprivate func pieces(after separator: String) -> ArraySlice<SubSequence> {
    pieces(split: separator).dropFirst()
  }

  /// The part before the first occurrence of a string; nil where there is none.
  fileprivate func piece(before separator: String) -> SubSequence? {
    let pieces = pieces(split: separator)
    return pieces.count > 1 ? pieces[0] : nil
  }
}

internal import ChatTemplates

/// The format of a chat: the text that a model expects around a user's turn.
///
/// A chat is ``opening``, the user's text, ``closing``, and then the model's answer. The two are encoded with special
/// tokens parsed, the user's text without. They are what the model's own template writes around a mark that stands
/// for the user's text.
package struct ChatFormat: Sendable, Equatable {
  /// The text before the user's: the system's turn, where the template writes one of its own accord, and the start
  /// of the user's turn.
  package let opening: String
  /// The text after the user's: the end of the user's turn and the start of the assistant's.
  package let closing: String
  /// The text after an assistant's, at the end of a conversation: the end of its turn. Empty where that is not known.
  package let ending: String
  /// The kind of the format.
  package let family: Family
  /// Whether the model file has a template.
  package let isPresent: Bool
  /// Why the template cannot be used, and the format is the plain one; nil where it is used, or there is none.
  package let problem: String?

  /// The format for a model whose template is absent or cannot be used.
  ///
  /// - Parameter problem: Why it cannot be used; nil where there is none.
  init(plainFor problem: String?) {
    opening = ""
    closing = "\n\nAnswer:"
    ending = ""
    family = .plain
    isPresent = problem != nil
    self.problem = problem
  }

  /// Takes the format from a template.
  ///
  /// A template that can do without the date is not given one: what it writes then is the same every day.
  ///
  /// - Parameters:
  ///   - source: The template in Jinja, as the model file holds it; nil where it holds none.
  ///   - beginToken: The spelling of the token that begins a text; nil if the model has none.
  ///   - endToken: The spelling of the token that ends a text; nil if the model has none.
  ///   - secondsSince1970: The time whose date a template may write; nil for none.
  package init(template source: String?, beginToken: String?, endToken: String?, secondsSince1970: Int? = nil)
  {
    guard let source else {
      self.init(plainFor: nil)
      return
    }
    do throws(ChatTemplateError) {
      let template = try ChatTemplate(source)
      let date = secondsSince1970.map { ChatDate(secondsSince1970: $0) }
      let turns = MarkedTurns(template, source, beginToken, endToken)
      do throws(ChatTemplateError) {
        try self.init(turns, date: nil)
      } catch {
        guard let date else { throw error }
        try self.init(turns, date: date)
      }
    } catch {
      // The template's own words may be in it, as many as it likes.
      var problem = String.UnicodeScalarView()
      problem.append(contentsOf: error.message.unicodeScalars.prefix(500))
      self.init(plainFor: String(problem))
    }
  }

  private init(_ turns: MarkedTurns, date: ChatDate?) throws(ChatTemplateError) {
    (opening, closing) = try turns.aroundUser(date)
    // Some templates refuse a conversation that ends with an answer, which no question is asked behind.
    ending = (try? turns.afterAssistant(date)) ?? ""
    family = Family(writing: opening + closing) ?? .own
    isPresent = true
    problem = nil
  }
}

/// Conversations in which marks stand for what is said.
private struct MarkedTurns {
  private let template: ChatTemplate
  private let beginToken: String?
  private let endToken: String?
  private let userMark: String
  private let assistantMark: String

  init(_ template: ChatTemplate, _ source: String, _ beginToken: String?, _ endToken: String?) {
    self.template = template
    self.beginToken = beginToken
    self.endToken = endToken
    userMark = Self.mark("user", absentFrom: source)
    assistantMark = Self.mark("assistant", absentFrom: source)
  }

  /// A word that the template does not write itself.
  private static func mark(_ role: String, absentFrom source: String) -> String {
    var number = 0
    while source.contains("Said-By-\(role)-\(number)") { number += 1 }
    return "Said-By-\(role)-\(number)"
  }

  /// What stands before and after the user's words in a conversation of nothing else.
  func aroundUser(_ date: ChatDate?) throws(ChatTemplateError) -> (before: String, after: String) {
    try parts(of: [.init(role: "user", content: userMark)], around: userMark, addsAnswer: true, date)
  }

  /// What stands after the assistant's words at the end of a conversation.
  func afterAssistant(_ date: ChatDate?) throws(ChatTemplateError) -> String {
    let turns: [ChatTemplateMessage] = [
      .init(role: "user", content: userMark), .init(role: "assistant", content: assistantMark),
    ]
    return try parts(of: turns, around: assistantMark, addsAnswer: false, date).after
  }

  private func parts(
    of turns: [ChatTemplateMessage],
    around mark: String,
    addsAnswer: Bool,
    _ date: ChatDate?
  ) throws(ChatTemplateError) -> (before: String, after: String) {
    let text = try template.render(
      messages: turns,
      addGenerationPrompt: addsAnswer,
      bosToken: beginToken,
      eosToken: endToken,
      date: date
    )
    let pieces = text.pieces(split: mark)
    guard pieces.count == 2 else {
      throw ChatTemplateError(
        .failed,
        "the chat template writes what is said \(pieces.count - 1) times, and must write it once and unchanged"
      )
    }
    return (String(pieces[0]), String(pieces[1]))
  }
}

extension String {
  /// Cuts the string at every occurrence of a separator, which may not be empty, code point by code point.
  fileprivate func pieces(split separator: String) -> [Substring.UnicodeScalarView] {
    let view = unicodeScalars[...]
    var pieces: [Substring.UnicodeScalarView] = []
    var start = view.startIndex
    var index = start
    while index < view.endIndex {
      if view[index...].starts(with: separator.unicodeScalars) {
        pieces.append(view[start..<index])
        index = view.index(index, offsetBy: separator.unicodeScalars.count)
        start = index
      } else {
        index = view.index(after: index)
      }
    }
    return pieces + [view[start...]]
  }
}

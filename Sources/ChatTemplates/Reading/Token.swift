/// A piece of a template's source.
struct Token {
  enum Kind: Equatable {
    /// Text outside of all tags.
    case data(Text)
    /// `{{`
    case outputBegin
    /// `}}`
    case outputEnd
    /// `{%`
    case tagBegin
    /// `%}`
    case tagEnd
    case name(String)
    case text(Text)
    case integer(Int)
    case number(Double)
    case symbol(Symbol)
    /// The end of the template.
    case end
  }

  /// An operator or a bracket.
  enum Symbol: String, CaseIterable {
    case power = "**"
    case quotient = "//"
    case equal = "=="
    case unequal = "!="
    case atLeast = ">="
    case atMost = "<="
    case plus = "+"
    case minus = "-"
    case slash = "/"
    case star = "*"
    case percent = "%"
    case tilde = "~"
    case leftBracket = "["
    case rightBracket = "]"
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"
  }

  let kind: Kind
  let line: Int
}

extension Token.Kind {
  /// The token in the words of a message.
  var shown: String {
    switch self {
    case .data: "text"
    case .outputBegin: "{{"
    case .outputEnd: "}}"
    case .tagBegin: "{%"
    case .tagEnd: "%}"
    case .name(let name): "\"\(name)\""
    case .text: "a string"
    case .integer, .number: "a number"
    case .symbol(let symbol): "\"\(symbol.rawValue)\""
    case .end: "the end of the template"
    }
  }
}

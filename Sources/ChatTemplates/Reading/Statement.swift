/// A statement of a template.
struct Statement: Sendable {
  indirect enum Kind: Sendable {
    /// Text that is written as it is.
    case data(Text)
    /// `{{ expression }}`
    case output(Expression)
    case branches([Branch], otherwise: [Statement])
    case loop(Loop)
    case set(Target, Expression)
    /// `{% set target %} … {% endset %}`, through filters.
    case capture(Target, [Expression.FilterCall], [Statement])
    case macro(Macro)
    case with([Binding], [Statement])
    /// `{% filter name %} … {% endfilter %}`
    case filtered([Expression.FilterCall], [Statement])
    /// `{% generation %} … {% endgeneration %}`, which marks what an assistant says and writes it as it is.
    case generation([Statement])
    /// `{% break %}`
    case leave
    /// `{% continue %}`
    case next
  }

  struct Branch: Sendable {
    let condition: Expression
    let body: [Statement]
  }

  struct Loop: Sendable {
    let target: Target
    let elements: Expression
    let condition: Expression?
    let body: [Statement]
    let otherwise: [Statement]
  }

  struct Binding: Sendable {
    let target: Target
    let value: Expression
  }

  struct Macro: Sendable {
    struct Parameter: Sendable {
      let name: String
      let standard: Expression?
    }

    let name: String
    let parameters: [Parameter]
    let body: [Statement]
  }

  /// What can be assigned to.
  indirect enum Target: Sendable {
    case name(String)
    /// `namespace.name`
    case attribute(of: String, String)
    case tuple([Target])
  }

  let line: Int
  let kind: Kind
}

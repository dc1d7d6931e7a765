/// An expression of a template.
struct Expression: Sendable {
  indirect enum Kind: Sendable {
    case constant(Constant)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case mapping([Entry])
    /// `value.name`
    case attribute(Expression, String)
    /// `value[key]`
    case item(Expression, Expression)
    /// `value[from:to:by]`
    case slice(Expression, Slice)
    case call(Expression, Call)
    case filter(Expression, FilterCall)
    case test(Expression, Test, Call)
    case not(Expression)
    case negative(Expression)
    case positive(Expression)
    case arithmetic(Arithmetic, Expression, Expression)
    /// `a ~ b ~ c`
    case concatenation([Expression])
    /// `a < b <= c`, which holds where all of it does.
    case comparison(Expression, [Comparison])
    case and(Expression, Expression)
    case or(Expression, Expression)
    /// `value if condition else other`
    case conditional(condition: Expression, value: Expression, other: Expression?)
  }

  enum Constant: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(Text)
  }

  struct Entry: Sendable {
    let key: Expression
    let value: Expression
  }

  struct Slice: Sendable {
    let start: Expression?
    let end: Expression?
    let step: Expression?
  }

  /// The arguments of a call.
  struct Call: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: String, value: Expression)] = []

    var children: [Expression] { positional + keywords.map(\.value) }
  }

  struct FilterCall: Sendable {
    let filter: Filter
    let call: Call
    let line: Int
  }

  struct Comparison: Sendable {
    enum Operator: Sendable { case equal, unequal, less, atMost, greater, atLeast, isIn, isNotIn }

    let `operator`: Operator
    let right: Expression
  }

  enum Arithmetic: String, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case quotient = "//"
    case remainder = "%"
    case power = "**"
  }

  let line: Int
  let kind: Kind
  /// How deep expressions stand in this one, itself included.
  let depth: Int

  init(_ kind: Kind, line: Int) {
    self.line = line
    self.kind = kind
    depth = 1 + (kind.children.map(\.depth).max() ?? 0)
  }
}

extension Expression.Kind {
  fileprivate var children: [Expression] {
    switch self {
    case .constant, .name: []
    case .list(let items), .tuple(let items), .concatenation(let items): items
    case .mapping(let entries): entries.flatMap { [$0.key, $0.value] }
    case .attribute(let value, _), .not(let value), .negative(let value), .positive(let value): [value]
    case .item(let left, let right), .arithmetic(_, let left, let right), .and(let left, let right),
      .or(let left, let right):
      [left, right]
    case .slice(let value, let slice): [value] + [slice.start, slice.end, slice.step].compactMap { $0 }
    case .call(let value, let call), .test(let value, _, let call): [value] + call.children
    case .filter(let value, let filter): [value] + filter.call.children
    case .comparison(let left, let others): [left] + others.map(\.right)
    case .conditional(let condition, let value, let other): [condition, value] + [other].compactMap { $0 }
    }
  }
}

/// A value of a rendering.
///
/// Values cannot be changed, as in jinja2's immutable sandbox, but for namespaces. Those that hold others know how
/// deep they do, which is bounded: so no walk through a value goes deeper than the stack allows.
enum Value {
  case undefined(Undefined)
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(Text)
  /// A text that the filters `safe` and `escape` made: joined to another with `+`, it has that one escaped.
  case markup(Text)
  case list(Items)
  case tuple(Items)
  case mapping(Mapping)
  /// The keys, values or members of a mapping.
  case view(View)
  case range(Range)
  /// What filters such as `map` and `select` return: it can be walked through once.
  case iterator(Iterator)
  case namespace(Namespace)
  case loop(Loop)
  case macro(Macro)
  case function(Function)
  case method(Method)

  /// Why a value is undefined.
  struct Undefined {
    let reason: String
    /// True if an access was refused, not merely in vain.
    var isRefused = false
  }

  /// Values in a row.
  struct Items {
    let values: [Value]
    let depth: Int
  }

  struct View {
    enum Kind: String { case keys = "dict_keys", values = "dict_values", items = "dict_items" }

    let kind: Kind
    let items: Items
  }

  final class Iterator {
    private var values: ArraySlice<Value>
    let depth: Int

    init(_ items: Items) {
      values = items.values[...]
      depth = items.depth + 1
    }

    /// The next value; nil at the end.
    func next() -> Value? { values.popFirst() }
  }

  /// A value that can be changed, in its members.
  final class Namespace {
    var members = Mapping()
  }

  struct Macro {
    let definition: Statement.Macro
    let scope: Scope
  }

  /// How deep values stand in this one.
  var depth: Int {
    switch self {
    case .list(let items), .tuple(let items): items.depth
    case .mapping(let mapping): mapping.depth
    case .view(let view): view.items.depth + 1
    case .iterator(let iterator): iterator.depth
    case .loop(let loop): loop.depth
    case .method(let method): method.receiver.depth + 1
    default: 0
    }
  }

  /// The text, if it is one.
  var string: Text? {
    switch self {
    case .text(let text), .markup(let text): text
    default: nil
    }
  }

  /// The whole number; truth values are numbers, as in Python.
  var integer: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// What Python calls the value's type.
  var typeName: String {
    switch self {
    case .undefined: "undefined value"
    case .none: "none"
    case .bool: "truth value"
    case .int, .float: "number"
    case .text, .markup: "string"
    case .list: "list"
    case .tuple: "tuple"
    case .mapping: "mapping"
    case .view: "view of a mapping"
    case .range: "range"
    case .iterator: "result of a filter, which can be walked through once,"
    case .namespace: "namespace"
    case .loop: "loop"
    case .macro, .function, .method: "function"
    }
  }
}

extension Value {
  init(_ constant: Expression.Constant) {
    self =
      switch constant {
      case .none: .none
      case .bool(let value): .bool(value)
      case .integer(let value): .int(value)
      case .number(let value): .float(value)
      case .text(let text): .text(text)
      }
  }

  /// Whether Python takes the value for true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .text(let text), .markup(let text): !text.isEmpty
    case .list(let items), .tuple(let items): !items.values.isEmpty
    case .mapping(let mapping): mapping.count > 0
    case .view(let view): !view.items.values.isEmpty
    case .range(let range): range.count > 0
    case .iterator, .namespace, .loop, .macro, .function, .method: true
    }
  }
}

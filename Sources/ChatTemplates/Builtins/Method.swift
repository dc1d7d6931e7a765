/// A method of a value, bound to it.
struct Method {
  enum Name: String, CaseIterable {
    // Of strings.
    case strip, lstrip, rstrip, split, rsplit, splitlines, startswith, endswith, upper, lower, title,
      capitalize
    case replace, find, rfind, index, rindex, count, join, format, removeprefix, removesuffix, partition,
      rpartition
    case isdigit, isdecimal, isnumeric, isalpha, isalnum, isspace, isupper, islower, zfill
    // Of mappings.
    case get, items, keys, values, copy
    // Of loops.
    case cycle, changed
  }

  let name: Name
  private let box: Box

  /// The value whose method it is.
  var receiver: Value { box.value }

  private final class Box {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  init(_ name: Name, _ receiver: Value) {
    self.name = name
    box = Box(receiver)
  }
}

extension Method {
  /// What a name means as an attribute of a value.
  enum Lookup {
    case known(Method)
    /// A method of Python's that changes the value.
    case changing
    /// An attribute of Python's that is not known here.
    case unknown
    case none
  }

  static func find(_ name: String, of value: Value) -> Lookup {
    let known: Set<Name>
    let changing: Set<String>
    let unknown: Set<String>
    switch value {
    case .text, .markup: (known, changing, unknown) = (ofText, [], ofTextUnknown)
    case .mapping:
      (known, changing, unknown) = ([.get, .items, .keys, .values, .copy], changingMapping, ["fromkeys"])
    case .list: (known, changing, unknown) = ([.index, .count, .copy], changingList, [])
    case .tuple: (known, changing, unknown) = ([.index, .count], [], [])
    case .range: (known, changing, unknown) = ([.index, .count], [], ["start", "stop", "step"])
    case .bool, .int, .float: (known, changing, unknown) = ([], [], ofNumberUnknown)
    case .view: (known, changing, unknown) = ([], [], ["isdisjoint", "mapping"])
    case .macro, .function, .method, .iterator: (known, changing, unknown) = ([], [], ofFunctionUnknown)
    case .undefined, .none, .namespace, .loop: return .none
    }
    if let name = Name(rawValue: name), known.contains(name) { return .known(Method(name, value)) }
    return changing.contains(name) ? .changing : unknown.contains(name) ? .unknown : .none
  }

  /// Whether any value has a method of a name that is known here, if only as one that it may not call.
  static func isKnown(_ name: String) -> Bool {
    Name(rawValue: name) != nil || changingMapping.contains(name) || changingList.contains(name)
  }

  private static let ofText: Set<Name> = [
    .strip, .lstrip, .rstrip, .split, .rsplit, .splitlines, .startswith, .endswith, .upper, .lower, .title,
    .capitalize, .replace, .find, .rfind, .index, .rindex, .count, .join, .format, .removeprefix,
    .removesuffix,
    .partition, .rpartition, .isdigit, .isdecimal, .isnumeric, .isalpha, .isalnum, .isspace, .isupper,
    .islower,
    .zfill,
  ]
  private static let ofTextUnknown: Set = [
    "casefold", "center", "encode", "expandtabs", "format_map", "isascii", "isidentifier", "isprintable",
    "istitle",
    "ljust", "maketrans", "rjust", "swapcase", "translate",
  ]
  private static let changingMapping: Set = ["clear", "pop", "popitem", "setdefault", "update"]
  private static let changingList: Set = [
    "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
  ]
  private static let ofNumberUnknown: Set = [
    "real", "imag", "numerator", "denominator", "conjugate", "bit_length", "bit_count", "to_bytes",
    "from_bytes",
    "as_integer_ratio", "is_integer", "hex", "fromhex",
  ]
  private static let ofFunctionUnknown: Set = [
    "name", "arguments", "caller", "catch_kwargs", "catch_varargs", "explicit_caller", "send", "throw",
    "close",
  ]
}

/// A string as Python sees it: a row of code points, which are counted, indexed and compared one by one.
struct Text: Hashable, Sendable, ExpressibleByStringLiteral {
  var scalars: [Unicode.Scalar]

  init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

  init(_ string: String) { scalars = Array(string.unicodeScalars) }

  init(stringLiteral string: String) { self.init(string) }

  var count: Int { scalars.count }
  var isEmpty: Bool { scalars.isEmpty }

  var string: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  static func + (left: Text, right: Text) -> Text { Text(left.scalars + right.scalars) }

  /// The order by code points.
  static func < (left: Text, right: Text) -> Bool { left.scalars.lexicographicallyPrecedes(right.scalars) }
}

extension Unicode.Scalar {
  /// White space to Python's `str.isspace`, `str.strip` and the `\s` of its regular expressions.
  var isPythonSpace: Bool {
    switch value {
    case 9...13, 28...32, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }

  /// The end of a line to Python's `str.splitlines`.
  var isPythonLineEnd: Bool {
    switch value {
    case 10...13, 28...30, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}

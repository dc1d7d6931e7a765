extension Text {
  /// The index of a string's first occurrence at or behind another index; nil for none.
  ///
  /// - Complexity: Linear, by the algorithm of Knuth, Morris and Pratt.
  func index(of needle: Text, from start: Int = 0) -> Int? {
    starts(of: needle, from: start, most: 1).first
  }

  /// The indices of a string's occurrences from left to right, none over another.
  func starts(of needle: Text, from start: Int = 0, most: Int = .max) -> [Int] {
    var found: [Int] = []
    guard start <= count, most > 0 else { return [] }
    guard !needle.isEmpty else {
      for index in start...count where found.count < most { found.append(index) }
      return found
    }
    let pattern = needle.scalars
    var borders = [Int](repeating: 0, count: pattern.count)
    var length = 0
    for index in pattern.indices.dropFirst() {
      while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
      if pattern[index] == pattern[length] { length += 1 }
      borders[index] = length
    }
    length = 0
    for index in start..<count {
      while length > 0, scalars[index] != pattern[length] { length = borders[length - 1] }
      if scalars[index] == pattern[length] { length += 1 }
      if length == pattern.count {
        found.append(index + 1 - length)
        if found.count == most { break }
        length = 0
      }
    }
    return found
  }

  /// The index of a string's last occurrence; nil for none.
  func lastIndex(of needle: Text) -> Int? {
    Text(scalars.reversed()).index(of: Text(needle.scalars.reversed()))
      .map { count - needle.count - $0 }
  }

  func hasPrefix(_ prefix: Text) -> Bool { scalars.starts(with: prefix.scalars) }

  func hasSuffix(_ suffix: Text) -> Bool { scalars.suffix(suffix.count).elementsEqual(suffix.scalars) }

  /// The string with the first occurrences of another replaced.
  func replacing(_ old: Text, with new: Text, most: Int = .max) -> Text {
    var result: [Unicode.Scalar] = []
    var end = 0
    for start in starts(of: old, most: most) {
      result += scalars[end..<start]
      result += new.scalars
      end = start + old.count
    }
    return Text(result + scalars[end...])
  }

  /// The string without characters at its ends: white space, or those of a set.
  func stripped(_ set: Text? = nil, left: Bool = true, right: Bool = true) -> Text {
    let members = set.map { Set($0.scalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool { members?.contains(scalar) ?? scalar.isPythonSpace }
    var slice = scalars[...]
    if left { slice = slice.drop(while: goes) }
    while right, let last = slice.last, goes(last) { slice.removeLast() }
    return Text(slice)
  }
}

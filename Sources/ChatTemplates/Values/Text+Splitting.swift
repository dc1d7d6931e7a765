extension Text {
  /// The parts between occurrences of a separator, which may not be empty.
  func split(_ separator: Text, most: Int = .max) -> [Text] {
    var parts: [Text] = []
    var end = 0
    for start in starts(of: separator, most: most) {
      parts.append(Text(scalars[end..<start]))
      end = start + separator.count
    }
    return parts + [Text(scalars[end...])]
  }

  /// The parts between runs of white space; after so many cuts, the rest is one part.
  func splitAtSpace(most: Int = .max) -> [Text] {
    var parts: [Text] = []
    var rest = scalars.drop { $0.isPythonSpace }
    while !rest.isEmpty {
      guard parts.count < most else {
        parts.append(Text(rest))
        break
      }
      let part = rest.prefix { !$0.isPythonSpace }
      parts.append(Text(part))
      rest = rest[part.endIndex...].drop { $0.isPythonSpace }
    }
    return parts
  }

  /// The string read from its end; splitting from the right is splitting the reversed string from the left.
  var reversed: Text { Text(scalars.reversed()) }

  /// The lines, without their ends unless these are kept; a carriage return and a line feed end one line.
  func lines(keepingEnds: Bool = false) -> [Text] {
    var lines: [Text] = []
    var start = 0
    var index = 0
    while index < count {
      guard scalars[index].isPythonLineEnd else {
        index += 1
        continue
      }
      let isPair = scalars[index] == "\r" && index + 1 < count && scalars[index + 1] == "\n"
      let end = index + (isPair ? 2 : 1)
      lines.append(Text(scalars[start..<(keepingEnds ? end : index)]))
      start = end
      index = end
    }
    if start < count { lines.append(Text(scalars[start...])) }
    return lines
  }
}

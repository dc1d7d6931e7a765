/// The escapes of string literals, which are Python's.
enum StringLiteral {
  /// The string that is meant by what stands between the quotes.
  static func value(_ source: ArraySlice<Unicode.Scalar>, line: Int) throws(ChatTemplateError) -> Text {
    guard source.contains("\\") else { return Text(source) }
    var result: [Unicode.Scalar] = []
    var index = source.startIndex
    while index < source.endIndex {
      guard source[index] == "\\", index + 1 < source.endIndex else {
        result.append(source[index])
        index += 1
        continue
      }
      let letter = source[index + 1]
      index += 2
      switch letter {
      case "\n": break
      case "\\", "'", "\"": result.append(letter)
      case "a": result.append("\u{7}")
      case "b": result.append("\u{8}")
      case "f": result.append("\u{c}")
      case "n": result.append("\n")
      case "r": result.append("\r")
      case "t": result.append("\t")
      case "v": result.append("\u{b}")
      case "0"..."7":
        let rest = source[(index - 1)...].prefix(3).prefix { $0.digit(base: 8) != nil }
        result.append(try scalar(rest, base: 8, line))
        index = rest.endIndex
      case "x": result.append(try scalar(taking(2, source, &index), base: 16, line))
      case "u": result.append(try scalar(taking(4, source, &index), base: 16, line))
      case "U": result.append(try scalar(taking(8, source, &index), base: 16, line))
      case "N":
        throw ChatTemplateError(
          .unknown,
          line: line,
          "a character is named with \"\\N\", which is not known here: write it, or \"\\u\" and its number"
        )
      case _ where !letter.isASCII:
        // Python reads such a string as ASCII in which other characters are escapes already.
        result += letter.pythonEscape.unicodeScalars
      default:
        result.append("\\")
        result.append(letter)
      }
    }
    return Text(result)
  }

  private static func taking(_ count: Int, _ source: ArraySlice<Unicode.Scalar>, _ index: inout Int)
    -> ArraySlice<Unicode.Scalar>
  {
    let digits = source[index...].prefix(count)
    index = digits.endIndex
    return digits.count == count ? digits : []
  }

  private static func scalar(_ digits: ArraySlice<Unicode.Scalar>, base: Int, _ line: Int)
    throws(ChatTemplateError) -> Unicode.Scalar
  {
    guard digits.allSatisfy({ $0.digit(base: base) != nil }),
      let value = UInt32(Text(digits).string, radix: base), let scalar = Unicode.Scalar(value)
    else {
      throw ChatTemplateError(
        .syntax,
        line: line,
        "an escape in a string is no character: correct its digits"
      )
    }
    return scalar
  }
}

/// Numbers with units, in the form of command-line flags.
package enum UnitText {
  /// Reads a count such as `4096`, `32k`, `1M` or `1.5M`: units are powers of 1000, and `Ki` and `Mi` of
  /// 1024.
  ///
  /// - Returns: The number, nil for anything that is no whole number in `range`.
  package static func count(_ text: String, in range: ClosedRange<Int>) -> Int? {
    let units = [("Ki", 1024.0), ("Mi", 1_048_576), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("", 1)]
    guard let value = number(text, units), value >= Double(range.lowerBound),
      value <= Double(range.upperBound)
    else { return nil }
    return Int(exactly: value)
  }

  /// Reads a size such as `12GB`, `12GiB`, `900MB` or a plain number of bytes; the `B` may be left out.
  ///
  /// - Returns: Bytes, nil for anything that is no whole number from 1 to 2^50.
  package static func bytes(_ text: String) -> Int? {
    let units = [
      ("Ki", 1024.0), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
      ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("", 1),
    ]
    let value = number(text.hasSuffix("B") ? String(text.dropLast()) : text, units)
    guard let value, value >= 1, value <= Double(1 << 50) else { return nil }
    return Int(value.rounded())
  }

  /// Reads a bandwidth such as `10Gbit`, `100Mbit` or `1.2GB`, each a second.
  ///
  /// - Returns: Bytes a second, nil for anything else.
  package static func bytesPerSecond(_ text: String) -> Double? {
    let units = [
      ("kbit", 125.0), ("Mbit", 125e3), ("Gbit", 125e6), ("Tbit", 125e9),
      ("kB", 1e3), ("MB", 1e6), ("GB", 1e9),
    ]
    return number(text, units).flatMap { (125...1e15).contains($0) ? $0 : nil }
  }

  /// Reads a time such as `0.2ms`, `50us` or `10s`.
  ///
  /// - Returns: Seconds, nil for anything else and for more than a day.
  package static func seconds(_ text: String) -> Double? {
    number(text, [("us", 1e-6), ("ms", 1e-3), ("min", 60), ("s", 1)]).flatMap { $0 <= 86_400 ? $0 : nil }
  }

  /// Reads a list such as `1,2,4`, `3-5` or `1..4096`, the last meaning the first number and its doublings up
  /// to the second, which is always one of them.
  ///
  /// - Returns: The numbers in the order given, each once; nil for anything else.
  package static func counts(_ text: String, in range: ClosedRange<Int>) -> [Int]? {
    var numbers: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      var steps: [Int]
      if let dots = part.firstRange(of: "..") {
        guard let first = count(String(part[..<dots.lowerBound]), in: range),
          let last = count(String(part[dots.upperBound...]), in: range), first >= 1, first <= last
        else { return nil }
        steps = Array(sequence(first: first) { $0 <= last / 2 ? $0 * 2 : nil })
        if steps.last != last { steps.append(last) }
      } else if let dash = part.firstIndex(of: "-") {
        guard let first = count(String(part[..<dash]), in: range),
          let last = count(String(part[part.index(after: dash)...]), in: range), first <= last,
          last - first < 65_536
        else { return nil }
        steps = Array(first...last)
      } else {
        guard let single = count(String(part), in: range) else { return nil }
        steps = [single]
      }
      let known = Set(numbers)
      numbers += steps.filter { !known.contains($0) }
    }
    return numbers
  }

  /// A plain decimal number, 0 or more, with the first unit of the list that the text ends with.
  private static func number(_ text: String, _ units: [(name: String, factor: Double)]) -> Double? {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(unit.name.count)
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let value = Double(digits)
    else { return nil }
    return value * unit.factor
  }
}

/// A parser of lists of whole numbers in flags.
package enum CountList {
  /// Reads a list like `1,2,4` or `1-4,8`.
  ///
  /// - Parameters:
  ///   - text: Numbers and ranges, separated by commas.
  ///   - range: The allowed numbers.
  /// - Returns: The numbers in the order given, each once; nil for any other text.
  package static func parse(_ text: String, in range: ClosedRange<Int>) -> [Int]? {
    var numbers: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { number($0, in: range) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
        return nil
      }
      for number in first...last where !numbers.contains(number) { numbers.append(number) }
    }
    return numbers
  }

  private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else { return nil }
    return number
  }
}

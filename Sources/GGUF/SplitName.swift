/// The name of one part of a model that is split over several files, `name-00001-of-00003.gguf`.
package struct SplitName: Hashable, Sendable {
  /// The most parts that the five digits of a name can count.
  package static let mostParts = 99_999

  /// The path before the number: `name`, with its folders.
  package let stem: String
  /// The number of the part, from 1 on.
  package let number: Int
  /// The number of all parts.
  package let count: Int

  /// Reads a path; nil for one that does not end as those of parts do, or whose numbers contradict each other.
  ///
  /// - Parameter path: The path of a file, which need not be there.
  package init?(_ path: String) {
    // -00001-of-00003.gguf: the lengths of its pieces are 1, 5, 4, 5 and 5.
    let ending = Array(path.utf8.suffix(20))
    guard ending.count == 20, ending[0] == UInt8(ascii: "-"), ending[6..<10].elementsEqual("-of-".utf8),
      ending[15...].elementsEqual(".gguf".utf8), let number = Self.number(ending[1..<6]),
      let count = Self.number(ending[10..<15]), 1...max(1, count) ~= number, count >= 1
    else { return nil }
    // All of the ending is ASCII, so the path is not cut within a character's bytes.
    stem = String(path[..<path.utf8.index(path.utf8.endIndex, offsetBy: -20)])
    self.number = number
    self.count = count
  }

  /// The path of another part of the same model.
  ///
  /// - Parameter number: Its number, from 1 on.
  /// - Returns: A path.
  package func path(of number: Int) -> String {
    "\(stem)-\(Self.digits(number))-of-\(Self.digits(count)).gguf"
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    // Five digits at the most, so the sum stays small.
    digits.reduce(0 as Int?) { sum, digit in
      guard let sum, (0x30...0x39).contains(digit) else { return nil }
      return 10 * sum + Int(digit - 0x30)
    }
  }

  private static func digits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}

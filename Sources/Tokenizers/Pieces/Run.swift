/// A run of characters of one class.
struct Run {
  let end: Int
  private let start: Int
  private let startOfLast: Int
  /// The end of the run's last CR or LF.
  let endOfLastNewline: Int?

  @inline(__always)
  init(of kind: ScalarClass, from start: Int, in text: Span<UInt8>, most: Int = .max) {
    var end = start
    var startOfLast = start
    var endOfLastNewline: Int?
    var count = 0
    while end < text.count, count < most {
      let (next, length) = ScalarClass.at(end, in: text)
      guard next == kind else { break }
      startOfLast = end
      if Ascii.endsLine(text[end]) { endOfLastNewline = end + 1 }
      end += length
      count += 1
    }
    self.start = start
    self.end = end
    self.startOfLast = startOfLast
    self.endOfLastNewline = endOfLastNewline
  }

  /// The end of the run without its last character, which belongs to the next piece; with it if it is the
  /// only one.
  var leavingOne: Int { startOfLast > start ? startOfLast : end }

  /// The end of what `\s*[\r\n]+|\s+(?!\S)|\s+` matches at the start of a run of spaces.
  func endOfSpaces(in text: Span<UInt8>) -> Int {
    endOfLastNewline ?? (end == text.count ? end : leavingOne)
  }
}

/// The text of a number with a fraction, as Python's `repr` writes it: the fewest digits that give the number back.
enum FloatText {
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    guard value != 0 else { return sign + "0.0" }
    // Swift's text has those digits too, but another threshold for the exponent.
    let parts = value.magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(mantissa[0])
    var point = digits.utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    if mantissa.count > 1 { digits += mantissa[1] }
    let zeros = digits.prefix { $0 == "0" }.utf8.count
    digits = String(digits.dropFirst(zeros))
    point -= zeros
    while digits.hasSuffix("0") { digits.removeLast() }
    return sign + written(digits, point)
  }

  /// Digits with a point behind so many of them: with an exponent from 16 on, and below -3.
  private static func written(_ digits: String, _ point: Int) -> String {
    let count = digits.utf8.count
    func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
    if point > 16 || point < -3 {
      let exponent = point - 1
      let fraction = count > 1 ? "." + digits.dropFirst() : ""
      let size = exponent.magnitude
      return digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "")
        + "\(size)"
    }
    if point <= 0 { return "0." + zeros(-point) + digits }
    if count <= point { return digits + zeros(point - count) + ".0" }
    return digits.prefix(point) + "." + digits.dropFirst(point)
  }
}

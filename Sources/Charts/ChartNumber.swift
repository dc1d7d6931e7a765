#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Numbers as text: plain ASCII, independent of the locale.
enum ChartNumber {
  /// A coordinate: to a hundredth, without zeros at its end.
  static func coordinate(_ value: Double) -> String {
    var text = fixed(value, places: 2)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A number with a fixed count of decimals, and commas from 10,000 on if wanted.
  static func fixed(_ value: Double, places: Int, commas: Bool = false) -> String {
    guard value.isFinite else { return "-" }
    guard value.magnitude < 1e9, (0...9).contains(places) else { return scientific(value) }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let units = Int((value.magnitude * Double(scale)).rounded())
    let sign = value < 0 && units > 0 ? "-" : ""
    let whole = units / scale
    let digits = commas && whole >= 10_000 ? grouped(whole) : String(whole)
    guard places > 0 else { return sign + digits }
    let fraction = String(units % scale)
    return sign + digits + "." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  /// A number in three digits or so: `0.0123`, `1.23`, `12,300`, `1.2e12`.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    guard value != 0 else { return "0" }
    guard (1e-6..<1e9).contains(value.magnitude) else { return scientific(value) }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    var text = fixed(value, places: min(9, max(0, 2 - exponent)), commas: true)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A number as a mantissa of three digits at most and a power of ten.
  static func scientific(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    let exponent = log10(value.magnitude).rounded(.down)
    var mantissa = fixed(value / pow(10, exponent), places: 2)
    while mantissa.hasSuffix("0") { mantissa.removeLast() }
    if mantissa.hasSuffix(".") { mantissa.removeLast() }
    return "\(mantissa)e\(Int(exponent))"
  }

  private static func grouped(_ value: Int) -> String {
    let digits = String(value)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return text
  }
}

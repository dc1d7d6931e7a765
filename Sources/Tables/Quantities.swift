/// Numbers as people read them. All are plain ASCII and independent of the locale.
package enum Quantities {
  /// A whole number with commas: `69,905`.
  package static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// A number with a fixed count of decimals.
  package static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "-" }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    guard let units = Int(exactly: (value.magnitude * Double(scale)).rounded()) else { return "-" }
    let sign = value < 0 && units > 0 ? "-" : ""
    guard places > 0 else { return sign + String(units) }
    let fraction = String(units % scale)
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(sign)\(units / scale).\(zeros)\(fraction)"
  }

  /// A duration: `0.35 s`, `42.1 s`, `2 min 05 s`, `1 h 02 min`.
  package static func seconds(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "-" }
    if value < 10 { return decimal(value, places: 2) + " s" }
    if value < 60 { return decimal(value, places: 1) + " s" }
    let whole = Int(value.rounded())
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
  }

  /// A duration on a clock: `0:42`, `1:02:05`.
  package static func clock(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "-" }
    let whole = Int(value.rounded())
    let tail = twoDigits(whole % 60)
    return whole < 3600
      ? "\(whole / 60):\(tail)" : "\(whole / 3600):\(twoDigits(whole % 3600 / 60)):\(tail)"
  }

  /// A size in bytes: `512 B`, `46.1 MB`, `1.6 GB`, in powers of 1000.
  package static func bytes(_ value: Int) -> String {
    var size = Double(value)
    var unit = "B"
    for next in ["kB", "MB", "GB", "TB"] where size >= 1000 {
      size /= 1000
      unit = next
    }
    return unit == "B" ? "\(value) B" : "\(decimal(size, places: 1)) \(unit)"
  }

  /// A rate: `1,234`, `31.2`, `0.45`.
  package static func rate(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "-" }
    if value >= 100 { return count(Int(value.rounded())) }
    return decimal(value, places: value >= 10 ? 1 : 2)
  }

  /// A number with four significant digits or so: `1,234`, `31.24`, `0.9512`, `0.00123`.
  package static func significant(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "-" }
    if value.magnitude >= 1000 { return count(Int(value.rounded())) }
    var (places, scale) = (0, value.magnitude)
    while places < 9, scale < 1000, scale > 0 { (places, scale) = (places + 1, scale * 10) }
    return decimal(value, places: places)
  }

  /// A count with its noun: `1 worker`, `2 workers`.
  package static func counted(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

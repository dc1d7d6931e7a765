internal import ArgumentParser

/// Numbers that several options take.
enum OptionRange {
  /// Tokens of a document or of a part of it, as far as there is any use for: sums and products of a few of them are
  /// far from what a number can hold.
  static let tokens = 1...1 << 24
}

/// Refuses a number outside of what an option takes; no number at all lies outside too.
///
/// - Parameters:
///   - name: The option's long name without its hyphens.
///   - value: Its value; nil where it was not given.
///   - range: What it may be.
/// - Throws: `ValidationError` that names the option, its value and the range.
func validate<Number: Comparable>(_ name: String, _ value: Number?, in range: ClosedRange<Number>) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "--\(name) is \(value): it must lie between \(range.lowerBound) and \(range.upperBound)."
  )
}

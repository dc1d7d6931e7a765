internal import ArgumentParser

/// The ranges of numbers that several options take.
enum OptionRange {
  /// The allowed numbers of tokens of a document or of a part of it. The limit is far above any use; sums of
  /// a few such numbers and products of two cannot overflow.
  static let tokens = 1...1 << 24
}

/// Rejects a number outside the range of an option. NaN is outside of every range.
///
/// - Parameters:
///   - name: The option's long name without its hyphens.
///   - value: The option's value; nil if it was not given.
///   - range: The allowed values.
/// - Throws: `ValidationError` that names the option, its value and the range.
func validate<Number: Comparable>(_ name: String, _ value: Number?, in range: ClosedRange<Number>) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "--\(name) is \(value): it must lie between \(range.lowerBound) and \(range.upperBound)."
  )
}

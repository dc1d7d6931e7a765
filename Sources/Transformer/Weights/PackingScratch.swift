internal import Memory

/// The memory in which one thread makes the rows of linear layers, a part at a time, before they are packed. It
/// grows to what the largest part needs.
package final class PackingScratch {
  /// The size in bytes of a part in f32 that is not to be exceeded where the matrix library allows.
  let partBytes: Int
  private var floats: AlignedBuffer?
  private var quantised: AlignedBuffer?

  /// Makes empty scratch memory.
  ///
  /// - Parameter partBytes: The size of a part in f32; parts may be larger where rows belong together.
  package init(partBytes: Int) { self.partBytes = max(0, partBytes) }

  /// Returns memory for as many values of f32, valid until it is asked for again.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  func rows(_ count: Int) throws(ModelError) -> UnsafeMutablePointer<Float> {
    try Self.grow(&floats, to: count * MemoryLayout<Float>.stride).assumingMemoryBound(to: Float.self)
  }

  /// Returns memory for as many quantised values, valid until it is asked for again.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  func bytes(_ count: Int) throws(ModelError) -> UnsafeMutablePointer<Int8> {
    try Self.grow(&quantised, to: count).assumingMemoryBound(to: Int8.self)
  }

  private static func grow(
    _ buffer: inout AlignedBuffer?,
    to byteCount: Int
  ) throws(ModelError) -> UnsafeMutableRawPointer {
    if let buffer, buffer.byteCount >= byteCount { return buffer.base }
    // Freed first, so that both are never held at once.
    buffer = nil
    let grown = try AlignedBuffer.allocated(byteCount)
    buffer = grown
    return grown.base
  }

  /// The least number of which both are divisors; the largest number there is where that is too large.
  static func unit(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (max(1, a), max(1, b))
    while y != 0 { (x, y) = (y, x % y) }
    let (product, overflows) = (max(1, a) / x).multipliedReportingOverflow(by: max(1, b))
    return overflows ? .max : product
  }
}

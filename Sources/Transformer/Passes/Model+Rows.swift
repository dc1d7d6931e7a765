internal import CKernels

extension Model {
  /// True if a product gives a row of an answer the same bits whatever rows, up to eight, are beside it.
  ///
  /// Sums of whole numbers are exact, and compact weights are multiplied row by row. Of the matrix library's products
  /// in f32, one of a single row is computed in another order on processors without AVX-512.
  ///
  /// - Parameter purpose: What the pass is run for.
  /// - Returns: True if it does.
  package func keepsRowsApart(for purpose: DecoderPass.Purpose) -> Bool {
    guard braid_isa_in_use().rawValue < BRAID_ISA_AVX512.rawValue else { return true }
    return (linearLayers + (head.map { [$0] } ?? [])).allSatisfy { layer in
      switch layer.chosen(rows: 1, for: purpose) {
      case .compact: true
      case .packed(let packed): packed.element == .int8
      }
    }
  }
}

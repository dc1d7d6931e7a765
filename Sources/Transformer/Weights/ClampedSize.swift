/// Sizes in bytes of numbers that come from a file: the largest number there is where they are larger.
package enum ClampedSize {
  /// The product of factors of 0 or more.
  package static func product(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflows) = product.multipliedReportingOverflow(by: max(0, factor))
      return overflows ? .max : next
    }
  }

  /// The sum of terms of 0 or more.
  package static func sum(_ terms: [Int]) -> Int {
    terms.reduce(0) { sum, term in
      let (next, overflows) = sum.addingReportingOverflow(max(0, term))
      return overflows ? .max : next
    }
  }
}

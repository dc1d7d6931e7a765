extension Value {
  /// A row of numbers, as Python's `range`.
  struct Range: Equatable {
    let start: Int
    let step: Int
    let count: Int
    /// The bound that it was made with, which it shows.
    let end: Int

    /// A range; nil if it cannot be counted or its step is 0.
    init?(_ start: Int, _ end: Int, step: Int) {
      let (distance, overflow) = end.subtractingReportingOverflow(start)
      guard step != 0, step != .min, !overflow, distance != .min else { return nil }
      let steps = distance / step + (distance % step == 0 ? 0 : 1)
      self.start = start
      self.end = end
      self.step = step
      count = (distance > 0) == (step > 0) && distance != 0 ? steps : 0
    }

    /// Those of its numbers that a slice chooses.
    func sliced(from first: Int, count: Int, by stride: Int) -> Value.Range? {
      guard count > 0 else { return Value.Range(0, 0, step: 1) }
      let (step, overflow) = self.step.multipliedReportingOverflow(by: stride)
      guard !overflow else { return nil }
      let (length, tooLong) = step.multipliedReportingOverflow(by: count)
      let start = self[first]
      let (end, tooFar) = start.addingReportingOverflow(length)
      return tooLong || tooFar ? nil : Value.Range(start, end, step: step)
    }

    /// The number at an index below the count; it lies between the bounds.
    subscript(_ index: Int) -> Int { start &+ index &* step }

    func contains(_ number: Int) -> Bool {
      guard count > 0 else { return false }
      let (distance, overflow) = number.subtractingReportingOverflow(start)
      guard !overflow, distance.remainderReportingOverflow(dividingBy: step).partialValue == 0 else {
        return false
      }
      let index = distance.dividedReportingOverflow(by: step).partialValue
      return index >= 0 && index < count
    }
  }
}

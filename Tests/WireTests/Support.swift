internal import SeededRandom
internal import Wire

extension SeededGenerator {
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }
}

/// The WireError that a call throws, nil when it throws none.
func wireError<Result>(_ body: () throws(WireError) -> Result) -> WireError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

internal import CKernels
internal import Testing

/// The instruction sets that this process may use, the simplest first.
let instructionSets: [braid_isa] = (0...braid_isa_in_use().rawValue).map { braid_isa(rawValue: $0) }

/// Runs a body with kernels that use no better instruction set.
func limited<Result>(to isa: braid_isa, _ body: () throws -> Result) rethrows -> Result {
  braid_isa_limit_thread(isa)
  defer { braid_isa_limit_thread(BRAID_ISA_AMX) }
  return try body()
}

/// Runs a body once for every instruction set, with its name as a comment for expectations.
func each(_ body: (Comment) -> Void) {
  for isa in instructionSets {
    limited(to: isa) { body(Comment(rawValue: String(cString: braid_isa_name(isa)))) }
  }
}

/// A small deterministic generator, so that a failure repeats.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }

  mutating func values(_ count: Int, _ scale: Float = 1) -> [Float] {
    (0..<count).map { _ in Float.random(in: -scale...scale, using: &self) }
  }
}

/// Rounds to the nearest bf16, ties to even.
func bf16(_ x: Float) -> UInt16 {
  let bits = x.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
}

/// The value of a bf16.
func value(_ x: UInt16) -> Float { Float(bitPattern: UInt32(x) << 16) }

/// The largest difference of two lists, where both are infinite none.
func difference(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    Double(pair.0) == pair.1 ? worst : max(worst, abs(Double(pair.0) - pair.1))
  }
}

internal import CKernels
internal import Testing

@Suite struct InstructionSetTests {
  @Test(arguments: [
    ("SSE41", BRAID_ISA_BASELINE), ("AVX", BRAID_ISA_BASELINE), ("AVX2", BRAID_ISA_AVX2),
    ("avx2", BRAID_ISA_AVX2), ("AVX2_VNNI", BRAID_ISA_AVX2), ("AVX512_CORE", BRAID_ISA_AVX512),
    ("AVX512_CORE_VNNI", BRAID_ISA_AVX512), ("AVX512_CORE_BF16", BRAID_ISA_AVX512_BF16),
    ("AVX512_CORE_FP16", BRAID_ISA_AVX512_BF16), ("AVX512_CORE_AMX", BRAID_ISA_AMX), ("ALL", BRAID_ISA_AMX),
    ("?", BRAID_ISA_AMX),
  ])
  func capsAllowWhatTheySay(_ cap: String, _ isa: braid_isa) {
    #expect(braid_isa_allowed_by(cap) == isa)
  }

  @Test func noCapAllowsEverything() {
    #expect(braid_isa_allowed_by(nil) == BRAID_ISA_AMX)
  }

  @Test func bf16AttentionNeedsItsInstructions() {
    for isa in instructionSets {
      let has = limited(to: isa) { braid_attention_has_bf16() != 0 }
      #expect(has == (isa.rawValue >= BRAID_ISA_AVX512_BF16.rawValue))
    }
  }

  @Test func namesAreDistinct() {
    let names = (0...BRAID_ISA_AMX.rawValue).map {
      String(cString: braid_isa_name(.init(rawValue: $0)))
    }
    #expect(names == ["baseline", "avx2", "avx512", "avx512-bf16", "amx"])
  }
}

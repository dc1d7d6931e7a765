internal import Foundation
internal import KVFormat
internal import Testing

/// The names that users write and JSON carries.
struct NameTests {
  private func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  @Test func namesAreThoseOfUsers() {
    #expect(KVType.allCases.map(\.rawValue) == ["bf16", "f32"])
    #expect(KVCodec.allCases.map(\.rawValue) == ["bf16", "int8"])
    #expect(CodecChoice.allCases.map(\.rawValue) == ["auto", "bf16", "int8"])
    #expect(SummaryContent.allCases.map(\.rawValue) == ["none", "sketch", "all"])
    #expect(Precision.allCases.map(\.rawValue) == ["bf16", "int8", "f32"])
    #expect(PrecisionChoice.allCases.map(\.rawValue) == ["auto", "bf16", "int8", "f32"])
  }

  @Test func choicesAreFoundByTheirNames() {
    #expect(CodecChoice(rawValue: "auto") == .auto)
    #expect(CodecChoice(rawValue: "int8") == .fixed(.int8))
    #expect(CodecChoice(rawValue: "zip") == nil)
    #expect(PrecisionChoice(rawValue: "f32")?.precision == .f32)
    #expect(PrecisionChoice(rawValue: "auto") == .auto && PrecisionChoice.auto.precision == nil)
    #expect(PrecisionChoice(rawValue: "F32") == nil)
  }

  @Test func jsonHoldsTheNamesAlone() throws {
    #expect(try json(CodecChoice.allCases) == #"["auto","bf16","int8"]"#)
    #expect(try json(PrecisionChoice.allCases) == #"["auto","bf16","int8","f32"]"#)
    #expect(try json(SummaryContent.allCases) == #"["none","sketch","all"]"#)
    let read = try JSONDecoder().decode([CodecChoice].self, from: Data(#"["int8","auto"]"#.utf8))
    #expect(read == [.fixed(.int8), .auto])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([CodecChoice].self, from: Data(#"["zip"]"#.utf8))
    }
  }

  @Test func aTypeHasItsBytes() {
    #expect(KVType.bf16.byteCount == 2 && KVType.f32.byteCount == 4)
  }
}

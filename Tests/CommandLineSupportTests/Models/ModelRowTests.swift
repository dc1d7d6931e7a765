internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("Models in a list")
struct ModelRowTests {
  @Test("The type of most bytes is named")
  func quantisation() {
    #expect(ModelRow.quantisation([]) == nil)
    #expect(ModelRow.quantisation([("F32", 9), ("Q4_1", 5), ("Q8_0", 7), ("Q4_1", 5)]) == "Q4_1")
    #expect(ModelRow.quantisation([("Q8_0", 7), ("F32", 7)]) == "F32")
    #expect(ModelRow.quantisation([("Q8_0", .max), ("Q8_0", .max), ("F32", 7)]) == "Q8_0")
  }

  private var rows: [ModelRow] {
    var good = ModelRow(name: "a", file: "/m/a.gguf", isDefault: true)
    good.architecture = "llama"
    good.parameters = 134_515_008
    good.fileBytes = 98_362_432
    good.parts = 1
    good.quantisation = "Q4_1"
    good.contextTokens = 8192
    good.runs = true
    var split = good
    split.name = "b"
    split.isDefault = false
    split.parts = 3
    var broken = ModelRow(name: "c\u{1B}", file: "/m/c.gguf", isDefault: false)
    broken.reason = "the file is empty"
    return [good, split, broken]
  }

  @Test("Rows are columns, whatever is unknown of them")
  func lines() {
    #expect(
      ModelRow.lines(rows, folder: "/m") == [
        "model        architecture   parameters                size  type  context  runs",
        "a (default)  llama         134,515,008             98.4 MB  Q4_1    8,192  yes",
        "b            llama         134,515,008  98.4 MB in 3 files  Q4_1    8,192  yes",
        "c\\u{1B}                                                                    no: the file is empty",
      ]
    )
    #expect(ModelRow.lines([], folder: "/m") == ["no models in /m"])
    #expect(ModelRow.lines([], folder: nil)[0].contains("BRAID_DATA"))
  }

  @Test("The JSON of a row leaves out what is unknown")
  func json() throws {
    let broken = try APIJSON.string(rows[2])
    #expect(broken.contains(#""default":false"#) && broken.contains(#""runs":false"#), "\(broken)")
    #expect(!broken.contains("null") && !broken.contains("parameters"), "\(broken)")
    let text = try APIJSON.string(rows[0])
    #expect(text.contains(#""context_tokens":8192"#) && text.contains(#""file_bytes":98362432"#), "\(text)")
    #expect(try APIJSON.decode(ModelRow.self, from: text.utf8) == rows[0])
  }
}

internal import APITypes
internal import Runtime
internal import Testing

@Suite("Names of models")
struct ModelCatalogTests {
  private let catalog = ModelCatalog([
    .init(path: "/models/small.Q4_1.gguf", title: "Small 135M"),
    .init(path: "large.GGUF", title: "Large"),
    .init(path: "/other/large-2", title: "Large"),
    .init(path: "/other/untitled.gguf", title: ""),
  ])

  @Test func aModelIsNamedAfterItsFile() {
    #expect(catalog.ids == ["small.Q4_1", "large", "large-2", "untitled"])
    #expect(catalog.duplicate == nil)
    #expect(ModelCatalog([.init(path: "/.gguf", title: "")]).ids == [".gguf"])
    #expect(ModelCatalog([.init(path: "", title: "")]).ids == [""])
    let split = ["/m/big-00002-of-00003.gguf", "one-00001-of-00001.gguf", "-00001-of-00002.gguf"]
    #expect(
      ModelCatalog(split.map { .init(path: $0, title: "") }).ids
        == ["big", "one-00001-of-00001", "-00001-of-00002"]
    )
  }

  @Test(
    arguments: [
      (nil, 0), ("", 0), ("small.Q4_1", 0), ("small.Q4_1.gguf", 0), ("Small 135M", 0), ("large", 1),
      ("large.GGUF", 1),
      ("large-2", 2), ("untitled", 3),
    ] as [(String?, Int)]
  )
  func aRequestNamesAModel(name: String?, place: Int) throws {
    #expect(try catalog.place(of: name) == place)
  }

  @Test(arguments: ["small", "SMALL.Q4_1", "large.gguf", "/models/small.Q4_1.gguf", "gpt-4", " "])
  func anUnknownNameIsRefusedWithThoseThereAre(name: String) {
    let error = #expect(throws: ServiceError.self) { try catalog.place(of: name) }
    #expect(error?.code == .badInput && error?.parameter == "model")
    #expect(
      error?.message
        == "there is no model \"\(name)\" here: name one of small.Q4_1, large, large-2, untitled"
    )
  }

  @Test func aNameThatSeveralFilesGiveIsRefused() throws {
    let error = #expect(throws: ServiceError.self) { try catalog.place(of: "Large") }
    #expect(error?.message == "2 models are called \"Large\": name one of large, large-2")
    #expect(try catalog.places(of: "Large") == [1, 2])
    #expect(try catalog.places(of: "large") == [1])
    #expect(throws: ServiceError.self) { try catalog.places(of: "") }
  }

  @Test func aLongNameIsCutAndLosesItsControlCharacters() {
    let name = "\u{1B}[2J" + String(repeating: "x", count: 1000)
    let error = #expect(throws: ServiceError.self) { try catalog.place(of: name) }
    #expect(error?.message.contains("x...\" here") == true)
    #expect(error.map { $0.message.utf8.count < 200 && !$0.message.contains("\u{1B}") } == true)
  }

  @Test func twoFilesOfOneNameAreFound() {
    let catalog = ModelCatalog(["/a/x.gguf", "/a/y.gguf", "/b/x.gguf"].map { .init(path: $0, title: "") })
    #expect(catalog.duplicate == "x")
  }
}

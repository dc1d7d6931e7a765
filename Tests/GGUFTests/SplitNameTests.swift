internal import GGUF
internal import Testing

@Suite struct SplitNameTests {
  @Test func readsWhatItWrites() throws {
    let name = try #require(SplitName("/m/a-b-00002-of-00012.gguf"))
    #expect(name.stem == "/m/a-b")
    #expect(name.number == 2)
    #expect(name.count == 12)
    #expect(name.path(of: 2) == "/m/a-b-00002-of-00012.gguf")
    #expect(name.path(of: 12) == "/m/a-b-00012-of-00012.gguf")
    let most = try #require(SplitName("é-00001-of-99999.gguf"))
    #expect(most.stem == "é")
    #expect(most.count == SplitName.mostParts)
    #expect(most.path(of: most.count) == "é-99999-of-99999.gguf")
  }

  @Test(arguments: [
    "", ".gguf", "a.gguf", "a-00001-of-00003", "a-00001-of-00003.GGUF", "a-0001-of-00003.gguf",
    "a-00000-of-00003.gguf", "a-00004-of-00003.gguf", "a-00000-of-00000.gguf", "a-0000x-of-00003.gguf",
    "a-00001_of_00003.gguf", "a-+0001-of-00003.gguf", "a-00001-of-00003.gguf.part", "1-of-00003.gguf",
  ])
  func refusesOtherNames(_ path: String) {
    #expect(SplitName(path) == nil)
  }
}

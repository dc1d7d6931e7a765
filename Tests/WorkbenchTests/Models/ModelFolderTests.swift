internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("Models by name")
struct ModelFolderTests {
  private static let smol = "SmolLM2-135M-Instruct.Q4_1.gguf"
  private static let coder = "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf"

  private let folder = ModelFolder(
    path: "/m",
    files: [
      coder, "notes.txt", ".hidden.gguf", smol, "qwen2.5-0.5b.GGUF", "big/Big-Q8_0-00002-of-00003.gguf",
      "big/Big-Q8_0-00001-of-00003.gguf", "big/Big-Q8_0-00003-of-00003.gguf", "cut-00002-of-00002.gguf",
      "a/twin.gguf", "b/twin.gguf", "one-00001-of-00001.gguf",
    ]
  )

  private func path(_ given: String?, files: Set<String> = []) throws(CommandFailure) -> String {
    try folder.path(of: given) { files.contains($0) }
  }

  private func refusal(_ given: String?, of folder: ModelFolder? = nil) -> String {
    do {
      let path = try (folder ?? self.folder).path(of: given) { _ in false }
      Issue.record("\(path) was found")
      return ""
    } catch {
      #expect(error.code == .badInput)
      return error.message
    }
  }

  @Test("Every model has one name, whatever its number of files")
  func entries() {
    #expect(
      folder.entries.map(\.name) == [
        "Big-Q8_0", "cut", "one-00001-of-00001", "qwen2.5-0.5b", "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M",
        "SmolLM2-135M-Instruct.Q4_1", "twin", "twin",
      ]
    )
    #expect(
      folder.entries.map(\.file).prefix(2) == ["big/Big-Q8_0-00001-of-00003.gguf", "cut-00002-of-00002.gguf"]
    )
  }

  @Test(
    "A name may be whole, its beginning or a part of it",
    arguments: [
      ("SmolLM2-135M-Instruct.Q4_1", smol), (smol, smol), ("smollm2-135m-instruct.q4_1.GGUF", smol),
      ("smol", smol), ("135m", smol), ("qwen2.5-coder-0.5b", coder), ("coder", coder),
      ("qwen2.5-0.5b", "qwen2.5-0.5b.GGUF"), ("Big-Q8_0", "big/Big-Q8_0-00001-of-00003.gguf"),
      ("big-q8_0.gguf", "big/Big-Q8_0-00001-of-00003.gguf"),
      ("Big-Q8_0-00003-of-00003.gguf", "big/Big-Q8_0-00001-of-00003.gguf"),
      ("big", "big/Big-Q8_0-00001-of-00003.gguf"), ("cut", "cut-00002-of-00002.gguf"),
      ("one", "one-00001-of-00001.gguf"),
    ]
  )
  func names(_ given: String, _ file: String) throws {
    #expect(try path(given) == "/m/\(file)")
  }

  @Test("A path wins over a name, and what has a slash is a path")
  func paths() throws {
    #expect(try path("smol", files: ["smol"]) == "smol")
    #expect(try path("./smol") == "./smol")
    #expect(try path("/m/none.gguf") == "/m/none.gguf")
    let nowhere = ModelFolder(path: nil, files: [])
    #expect(try nowhere.path(of: "x.gguf") { _ in true } == "x.gguf")
    #expect(refusal("x.gguf", of: nowhere).contains("--model"))
  }

  @Test("A name of several models lists them")
  func ambiguous() {
    let two = refusal("qwen2.5")
    #expect(
      two
        == "The model qwen2.5 may be any of 2: qwen2.5-0.5b, Qwen2.5-Coder-0.5B-Instruct.Q4_K_M: write more of its name."
    )
    // Those of one name are told apart by their files.
    #expect(refusal("twin").contains("a/twin.gguf, b/twin.gguf"))
  }

  @Test("A name of no model lists what is there, and says how to get one")
  func unknown() {
    for given in ["llama", "", ".gguf"] {
      let message = refusal(given)
      #expect(message.contains("has only Big-Q8_0, cut,") && message.contains("hf download"), "\(message)")
    }
    let empty = refusal("llama", of: ModelFolder(path: "/m", files: []))
    #expect(empty.contains("/m has no models: run scripts/setup"), "\(empty)")
    let many = ModelFolder(path: "/m", files: (10..<50).map { "m\($0).gguf" })
    #expect(refusal("x", of: many).contains("m25 and 24 more, which `braid model list` shows:"))
  }

  @Test("Without a name the model of scripts/setup is taken, or it is said how to get it")
  func byDefault() throws {
    #expect(try path(nil) == "/m/\(Self.smol)")
    let other = refusal(nil, of: ModelFolder(path: "/m", files: [Self.coder]))
    #expect(other.contains("scripts/setup") && other.contains("Qwen2.5-Coder"), "\(other)")
    #expect(refusal(nil, of: ModelFolder(path: nil, files: [])).contains("BRAID_MODEL"))
  }
}

internal import ParallelContext
internal import Testing

@Suite("Lists of methods")
struct NamedMethodTests {
  @Test(
    "A comma before a name begins the next policy, before anything else it goes on",
    arguments: [
      ("paper,best,best,left=256", ["paper", "best", "best,left=256"]),
      ("full-attention,naive,sink,paper,best", ["full-attention", "naive", "sink", "paper", "best"]),
      ("best,left=256,paper,sink=none,fast", ["best,left=256", "paper,sink=none", "fast"]),
      (
        "placement=capped:4096,1024,select=exact:2,best",
        ["placement=capped:4096,1024,select=exact:2", "best"]
      ),
      ("best;best,left=64;best,left=256", ["best", "best,left=64", "best,left=256"]),
      ("paper,sink=none;paper,best", ["paper,sink=none", "paper", "best"]),
      ("best,residue=groups:16,mean;dga", ["best,residue=groups:16,mean", "dga"]),
      ("best,,fast,", ["best", "fast"]), ("", []),
      ("shared-sink,lego-link,link=4,star", ["shared-sink", "lego-link,link=4", "star"]),
    ]
  )
  func list(_ text: String, _ names: [String]) throws {
    #expect(try NamedMethod.list(parsing: text).map(\.name) == names)
  }

  @Test("A name that is none is named", arguments: ["best,nonsense", "nonsense,best", "best;nonsense"])
  func unknown(_ text: String) {
    let error = #expect(throws: ContextError.self) { try NamedMethod.list(parsing: text) }
    #expect(error?.message.contains("nonsense is neither a method") == true)
  }
}

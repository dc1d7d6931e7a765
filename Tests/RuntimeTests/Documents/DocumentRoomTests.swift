internal import APITypes
internal import Runtime
internal import Testing

@Suite("Room for documents")
struct DocumentRoomTests {
  private let room = DocumentRoom(
    bytes: 1000,
    reason: "half of what is left of its address space (ulimit -v)"
  )

  @Test("What fits beside the others is taken", arguments: [(0, 0), (1000, 0), (400, 600), (0, 1000)])
  func fits(_ needed: Int, _ held: Int) {
    #expect(room.refusal(needed: needed, held: held) == nil)
  }

  @Test("What never fits is too large, and is told both numbers and what limits", arguments: [1001, .max])
  func tooLarge(_ needed: Int) {
    for held in [0, 500, 1000, .max] {
      let refusal = room.refusal(needed: needed, held: held)
      #expect(refusal?.code == .tooLarge)
      #expect(refusal?.code.httpStatusCode == 413)
      for word in ["needs \(needed) bytes", "1000 are all", "ulimit -v", "cut the document"] {
        #expect(refusal?.message.contains(word) == true, "\(refusal?.message ?? "")")
      }
      #expect(refusal?.message.contains("delete") == false)
    }
  }

  @Test("What fits once others are gone may come again", arguments: [(401, 600), (1000, 1), (1, .max)])
  func later(_ needed: Int, _ held: Int) {
    let refusal = room.refusal(needed: needed, held: held)
    #expect(refusal?.code == .unavailable)
    #expect(refusal?.message.contains("delete a document") == true)
  }
}

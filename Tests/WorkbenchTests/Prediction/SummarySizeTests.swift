internal import KVFormat
internal import Simulation
internal import Testing
internal import Transformer
internal import Workbench

@Suite("Sizes of summaries")
struct SummarySizeTests {
  // A sketch has 12 of the 64 channels of a head twice. A head has its means in 4 bytes a channel, 8 bytes for the
  // steps of each of the 12, and a byte for each of them and token: 4 * 64 + 8 * 12 = 352 bytes and 12 a token. There
  // are 30 layers of 3 heads.
  @Test("A sketch of the usual model has 31,680 bytes and 1,080 for each token")
  func sketch() {
    #expect(UsualModel.summary(.sketch) == SummarySize(bytes: 31_680, bytesPerToken: 1080))
    #expect(UsualModel.summary(.sketch).bytes(tokens: 1024) == 1_137_600)
  }

  // Beside the sketch a covariance of 64 * 64 numbers of 2 bytes, and for each page of 16 keys two bounds of 64 such
  // numbers: 16 bytes a token.
  @Test("A whole summary has a covariance and bounds beside the sketch")
  func all() {
    #expect(UsualModel.summary(.all) == SummarySize(bytes: 768_960, bytesPerToken: 2520))
  }

  @Test("No summary has no bytes")
  func none() {
    #expect(UsualModel.summary(.none) == SummarySize())
  }

  @Test("The length of the given cache does not matter")
  func anyLength() {
    let sizes = [0, 1, 3000].map { tokens in
      SummarySize(
        .sketch,
        KVCacheShape(layers: 2, kvHeads: 1, headDimension: 64, tokens: tokens, type: .bf16)
      )
    }
    #expect(sizes == Array(repeating: SummarySize(bytes: 704, bytesPerToken: 24), count: 3))
  }
}

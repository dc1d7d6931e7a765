internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("The text of an explanation")
struct ExplanationTextTests {
  @Test("A table of layers, then the passages, each on one line")
  func lines() {
    let explanation = AnswerExplanation(
      layers: [
        AnswerExplanation.Layer(
          layer: 0,
          sink: 0.5,
          tail: 0.125,
          rest: 0,
          chunks: [
            AnswerExplanation.Chunk(chunk: 12, share: 0.25, used: 1),
            AnswerExplanation.Chunk(chunk: 3, share: 0.125, used: 0.5),
          ]
        ),
        AnswerExplanation.Layer(layer: 1, sink: 1, tail: 0, rest: 0, chunks: []),
      ],
      passages: [
        AnswerExplanation.Passage(
          chunk: 12,
          firstToken: 12_288,
          lastToken: 13_311,
          share: 0.125,
          text: " A line\n\n  and\u{1B}[2J\tmore\r\n"
        )
      ]
    )
    #expect(
      explanation.lines == [
        "attention of each layer",
        "  layer    sink   tail  rest  chunks",
        "      0   50.0%  12.5%  0.0%  12: 25.0%, 3: 12.5%",
        "      1  100.0%   0.0%  0.0%",
        "chunk 12, tokens 12,288 to 13,311, 12.5% of all attention",
        "  A line and [2J more",
      ]
    )
  }
}

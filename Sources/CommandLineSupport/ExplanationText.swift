package import APITypes
internal import Tables

extension AnswerExplanation {
  /// A table of the layers' attention, then a passage of each of the most attended chunks, in lines for
  /// people.
  package var lines: [String] {
    var table = Table([
      ("layer", .right), ("sink", .right), ("tail", .right), ("rest", .right), ("chunks", .left),
    ])
    for layer in layers {
      let chunks = layer.chunks.map { "\($0.chunk): \(Self.percent($0.share))" }
      table.add([
        "\(layer.layer)", Self.percent(layer.sink), Self.percent(layer.tail), Self.percent(layer.rest),
        chunks.joined(separator: ", "),
      ])
    }
    return ["attention of each layer"] + table.lines.map { "  " + $0 }
      + passages.flatMap { passage in
        [
          "chunk \(passage.chunk), tokens \(Quantities.count(passage.firstToken)) to"
            + " \(Quantities.count(passage.lastToken)), \(Self.percent(passage.share)) of all attention",
          "  " + Self.oneLine(passage.text),
        ]
      }
  }

  private static func percent(_ share: Double) -> String {
    Quantities.decimal(100 * share, places: 1) + "%"
  }

  /// Returns a text without line ends, runs of blanks, and other characters that move a terminal's cursor.
  private static func oneLine(_ text: String) -> String {
    text.unicodeScalars
      .split { $0.properties.isWhitespace || $0.properties.generalCategory == .control }
      .map { String($0) }
      .joined(separator: " ")
  }
}

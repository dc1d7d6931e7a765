internal import Foundation
package import ParallelContext

/// A text and its label.
package struct LabelledExample: Sendable, Hashable {
  /// The text.
  package var text: String
  /// The label, one line without surrounding blanks.
  package var label: String

  /// The most bytes of a line in a list.
  package static let mostBytes = 64 << 10

  package init(text: String, label: String) {
    self.text = text
    self.label = label
  }

  /// Reads a list of JSON objects with `text` and `label`, one on each line. Blank lines are skipped.
  ///
  /// - Parameter bytes: The list in UTF-8.
  /// - Returns: The examples, in order.
  /// - Throws: `ContextError` that names the first wrong line.
  package static func list(_ bytes: [UInt8]) throws(ContextError) -> [LabelledExample] {
    var examples: [LabelledExample] = []
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { continue }
      guard line.count <= mostBytes else {
        throw ContextError(
          .badInput,
          "line \(number) has \(line.count) bytes: shorten it to \(mostBytes) or fewer"
        )
      }
      examples.append(try example(line, number: number))
    }
    return examples
  }

  private struct Line: Decodable {
    var text: String?
    var label: String?
  }

  private static func example(_ bytes: ArraySlice<UInt8>, number: Int) throws(ContextError)
    -> LabelledExample
  {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(bytes)) else {
      throw ContextError(
        .badInput,
        "line \(number) is no JSON object of strings: write {\"text\": \"...\", \"label\": \"...\"}"
      )
    }
    func field(_ name: String, _ value: String?) throws(ContextError) -> String {
      let text = value?.trimmingCharacters(in: .whitespacesAndNewlines)
      guard let text, !text.isEmpty else {
        throw ContextError(
          .badInput,
          "line \(number) has no \(name): write {\"text\": \"...\", \"label\": \"...\"}"
        )
      }
      return text
    }
    let example = LabelledExample(
      text: try field("text", line.text),
      label: try field("label", line.label)
    )
    guard !example.label.contains(where: \.isNewline) else {
      throw ContextError(
        .badInput,
        "line \(number) has a label of several lines: an answer ends with its line"
      )
    }
    return example
  }

  /// The example as the model reads it.
  package var prompt: String { "\(opening) \(label)\n\n" }

  /// The example up to the place of its label.
  package var opening: String { "Text: \(text)\nLabel:" }

  /// Returns true if an answer is the label: its first line, without surrounding blanks.
  package func isAnswered(by answer: String) -> Bool {
    let line = answer.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? ""
    return line.trimmingCharacters(in: .whitespaces) == label
  }

  /// Returns the most frequent label, the alphabetically first of several; nil for no examples.
  package static func majority(of examples: [LabelledExample]) -> String? {
    let counts = Dictionary(examples.map { ($0.label, 1) }, uniquingKeysWith: +)
    return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }
}

internal import Foundation
package import ParallelContext

/// A text and what it is an example of.
package struct LabelledExample: Sendable, Hashable {
  /// The text.
  package var text: String
  /// Its label, one line without blanks around it.
  package var label: String

  /// The most bytes of a line of a list.
  package static let mostBytes = 64 << 10

  /// An example.
  package init(text: String, label: String) {
    self.text = text
    self.label = label
  }

  /// Reads a list: JSON objects with `text` and `label`, one a line; blank lines are passed over.
  ///
  /// - Parameter bytes: The list in UTF-8.
  /// - Returns: The examples, in order.
  /// - Throws: `ContextError` that names the first line that is wrong.
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

  /// The example up to where its label belongs.
  package var opening: String { "Text: \(text)\nLabel:" }

  /// Whether an answer is the label: its first line, without blanks around it.
  package func isAnswered(by answer: String) -> Bool {
    let line = answer.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? ""
    return line.trimmingCharacters(in: .whitespaces) == label
  }

  /// The label of most examples, the first in the alphabet of equals; nil for no examples.
  package static func majority(of examples: [LabelledExample]) -> String? {
    let counts = Dictionary(examples.map { ($0.label, 1) }, uniquingKeysWith: +)
    return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }
}

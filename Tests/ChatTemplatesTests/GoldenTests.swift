internal import ChatTemplates
internal import Foundation
internal import Testing

@Suite struct GoldenTests {
  /// Renders a template as jinja2 did, and says where the outcome is another; nil where it is the same.
  private func difference(_ source: String, _ variables: [String: TemplateValue], _ expected: Outcome)
    -> String?
  {
    do {
      let text = try ChatTemplate(source).render(variables, date: Golden.date)
      return text.unicodeScalars.elementsEqual((expected.text ?? "").unicodeScalars) && expected.text != nil
        ? nil : "wrote \(text.debugDescription), not \(expected)"
    } catch {
      if let reason = expected.refused {
        return error.code == .raised && error.message.hasSuffix(": " + reason)
          ? nil : "\(error.code) \(error)"
      }
      return expected.text == nil ? nil : "\(error.code.rawValue): \(error), not \(expected)"
    }
  }

  @Test("Small templates are rendered as by jinja2")
  func constructs() throws {
    let golden: Constructs = try Golden.read("constructs.json")
    #expect(golden.cases.count > 300)
    for example in golden.cases {
      let difference = difference(example.source, golden.variables.variables, example.outcome)
      #expect(difference == nil, "\(example.source)")
    }
  }

  private func check(_ golden: Families) {
    for template in golden.templates {
      for (input, outcome) in zip(golden.inputs, template.outcomes) {
        let difference = difference(template.source, input.variables.variables, outcome)
        #expect(difference == nil, "\(template.name) with \(input.name)")
      }
    }
  }

  @Test("Templates in the manner of many families of models are rendered as by jinja2")
  func families() throws {
    let golden: Families = try Golden.read("families.json")
    #expect(golden.templates.count >= 16 && golden.inputs.count >= 45)
    check(golden)
  }

  /// Templates of model files are others' and not committed: `scripts/golden/chat.py` makes the file of them.
  @Test("Templates of model files are rendered as by jinja2", .enabled(if: Golden.modelCases != nil))
  func modelFiles() throws {
    check(try Golden.read(at: URL(filePath: try #require(Golden.modelCases))))
  }
}

extension Golden {
  static let modelCases = ProcessInfo.processInfo.environment["BRAID_CHAT_CASES"]
}

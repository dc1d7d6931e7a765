internal import APITypes
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPClient

struct AskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Ask a coordinator a question about an encoded document.",
    discussion: "Prints the answer while it is generated."
  )

  @Argument(help: "The document's id, as `braid encode` prints it and `braid documents` lists it.")
  var id: String

  @Argument(help: "The question.")
  var question: String

  @OptionGroup var server: CoordinatorOptions
  @OptionGroup var answering: AnsweringOptions
  @OptionGroup var form: FormatOptions
  @OptionGroup var verbosity: VerbosityOptions

  mutating func validate() throws {
    if question.allSatisfy(\.isWhitespace) { throw ValidationError("The question is empty.") }
  }

  func run() async throws {
    let console = verbosity.console()
    if let policy = answering.policy { try namedMethod(policy) }
    let request = answering.request(document: id, question: question)
    let json = form.format == .json
    let question = question
    try await server.withClient { client in
      let answer = try await console.collect(
        try await client.answer(request),
        question: question,
        streams: !json
      )
      if json {
        try console.result(json: AnswerOutput(document: request.document, answer: answer))
      } else {
        console.note(answer.timing)
        console.tellSeed(answer)
        console.explain(answer)
      }
    }
  }
}

extension AnsweringOptions {
  /// Makes the request for one question.
  func request(document: String, question: String) -> ChatRequest {
    var request = ChatRequest(
      document: document,
      question: question,
      policy: policy,
      maxTokens: maxTokens,
      seed: seed.value
    )
    request.temperature = temperature
    request.topP = topP
    request.frequencyPenalty = frequencyPenalty
    request.presencePenalty = presencePenalty
    request.repeatPenalty = repeatPenalty
    request.stop = stop
    request.explain = explain
    request.lookup = lookup
    return request
  }
}

/// The JSON output of `ask`.
private struct AnswerOutput: Encodable {
  var document: String
  var answer: AnswerReport
}

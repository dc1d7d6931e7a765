package import Transformer

/// Answers several questions together: the next tokens of all answers go through the model in one run, beside slices of
/// the questions that have no answer yet. Answers join and leave between tokens.
///
/// A batch belongs to one thread. A question that cannot be answered ends by itself and leaves the others alone. An
/// answer has the same tokens whatever is answered beside it, up to rounding: bit for bit where rows keep apart (see
/// `Model.keepsRowsApart(for:)`) and few answers run together (see ``RowBlocks``).
package final class AnswerBatch {
  private let model: Model
  private let threads: Int
  private let most: Int
  private let pass: AnswerPass
  private var order = QuestionOrder()
  private var nextID = 0
  /// All that were added and have not ended.
  private var members: [Int: Member] = [:]
  /// The members that wait for their next token, in the order in which they began to.
  private var answering: [Int] = []

  /// Reserves the memory of the shared pass.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head.
  ///   - threads: The number of threads that share the work.
  ///   - most: The most questions that are run together; further ones wait.
  /// - Throws: `ModelError` when memory cannot be allocated.
  package init(model: Model, threads: Int, most: Int) throws(ModelError) {
    self.model = model
    self.threads = max(1, threads)
    self.most = max(1, most)
    pass = try AnswerPass(model: model, threads: self.threads, rows: RoundRows.most(answers: self.most))
  }

  /// True when every question has ended.
  package var isEmpty: Bool { members.isEmpty }

  /// The questions that have not ended.
  package var count: Int { members.count }

  /// Adds a question. Those that wait are the caller's to bound.
  package func add(_ asked: AskedQuestion) {
    let id = nextID
    nextID += 1
    members[id] = Member(asked)
    order.add(id, rows: asked.rows)
  }

  /// Runs the next tokens of every answer, and some rows of questions.
  package func runRound() {
    for (id, member) in members where !member.asked.isWanted() { end(id, .failure(CancellationError())) }
    let rows = RoundRows(answers: answering.count)
    let answers = answering.compactMap { planAnswer($0, most: rows.answer) }
    let questions = planQuestions(rows)
    guard !answers.isEmpty || !questions.isEmpty else { return }
    let start = monotonicSeconds()
    do throws(ModelError) {
      try pass.run(
        answers: answers.map { ($0.live.steps.run, $0.attention) },
        questions: questions.map(\.slice)
      )
    } catch {
      // A run is one computation for all: what fails in it fails for all that are in it.
      for id in answers.map(\.id) + questions.map(\.id) { end(id, .failure(error)) }
      return
    }
    let isAlone = answers.count == 1 && questions.isEmpty
    finishAnswers(answers, since: isAlone ? start : nil)
    finishQuestions(questions, after: answers.reduce(0) { $0 + $1.rows })
  }

  // MARK: - Answers

  private struct PlannedAnswer {
    var id: Int
    var live: LiveAnswer
    var rows: Int
    var attention: any AttentionOperator
  }

  private func planAnswer(_ id: Int, most: Int) -> PlannedAnswer? {
    guard case .answering(let live) = members[id]?.state else { return nil }
    let session = live.session
    guard session.remaining > 0 else {
      end(id, .success(live.report))
      return nil
    }
    do {
      live.steps.planRun(most: min(most, live.mostRows, session.remaining))
      let rows = live.steps.run.count
      return PlannedAnswer(id: id, live: live, rows: rows, attention: try session.beginRun(rows))
    } catch {
      end(id, .failure(error))
      return nil
    }
  }

  /// Reads the logits of all answers, and chooses their tokens.
  ///
  /// - Parameters:
  ///   - answers: The answers of the run, whose rows come first in it.
  ///   - start: The time at which the run began; nil where its time is not that of one answer.
  private func finishAnswers(_ answers: [PlannedAnswer], since start: Double?) {
    guard !answers.isEmpty else { return }
    let vocabulary = model.configuration.vocabulary
    do throws(ModelError) {
      try pass.withLogits(rows: 0..<answers.reduce(0) { $0 + $1.rows }) { values in
        var first = 0
        for answer in answers {
          let count = answer.rows * vocabulary
          answer.live.logits.set(UnsafeBufferPointer(rebasing: values[first..<first + count]))
          first += count
        }
      }
    } catch {
      for answer in answers { end(answer.id, .failure(error)) }
      return
    }
    for answer in answers {
      answer.live.session.endRun(answer.rows)
      answer.live.steps.finishRun(seconds: start.map { monotonicSeconds() - $0 } ?? 0)
      chooseTokens(answer.id, answer.live)
    }
  }

  /// Chooses the tokens that the logits of an answer's last run give.
  private func chooseTokens(_ id: Int, _ live: LiveAnswer) {
    do {
      if try live.chooseTokens(telling: members[id]?.asked.onToken) {
        live.session.removeLast(live.steps.rejected)
      } else {
        end(id, .success(live.report))
      }
    } catch {
      end(id, .failure(error))
    }
  }

  // MARK: - Questions

  private struct PlannedQuestion {
    var id: Int
    var session: any AnswerSession
    var slice: QuestionSlice
  }

  private func planQuestions(_ rows: RoundRows) -> [PlannedQuestion] {
    var planned: [PlannedQuestion] = []
    var taken = 0
    for id in order.ids where taken < rows.questions {
      guard let session = session(id) else { continue }
      do {
        let slice = try session.beginSlice(most: rows.slice)
        planned.append(PlannedQuestion(id: id, session: session, slice: slice))
        taken += slice.tokens.count
      } catch {
        end(id, .failure(error))
      }
    }
    order.advance(rows: taken)
    // Those whose rows share a choice come last in a run, in blocks of their own.
    return planned.filter { $0.slice.blockRows == nil } + planned.filter { $0.slice.blockRows != nil }
  }

  /// The tail of a question, which is made when it is its turn; nil while there is no room in the batch.
  private func session(_ id: Int) -> (any AnswerSession)? {
    guard let member = members[id] else { return nil }
    if case .asking(let session) = member.state { return session }
    guard members.values.count(where: { $0.isOpen }) < most else { return nil }
    do {
      let session = try open(member.asked)
      try session.beginQuestion(member.asked.query.tokens)
      member.state = .asking(session)
      return session
    } catch {
      end(id, .failure(error))
      return nil
    }
  }

  private func open(_ asked: AskedQuestion) throws -> any AnswerSession {
    let (query, engine) = (asked.query, QueryEngine(model: model, threads: threads))
    switch asked.text {
    case .chunks(let context, _):
      return try engine.session(
        query.tokens,
        reading: query.reading,
        extra: query.maximumTokens,
        over: context
      )
    case .whole(let text):
      try engine.check(query, behind: text)
      let (needed, most) = (text.count + query.tokens.count, model.configuration.contextLength)
      return try CausalTail(
        behind: text,
        model: model,
        capacity: needed + min(max(0, query.maximumTokens), most - needed)
      )
    }
  }

  /// Takes note of rows of questions that were run, and chooses the first token of those that are done.
  ///
  /// - Parameters:
  ///   - questions: The questions of the run.
  ///   - answerRows: The rows before theirs.
  private func finishQuestions(_ questions: [PlannedQuestion], after answerRows: Int) {
    var row = answerRows
    for question in questions {
      row += question.slice.tokens.count
      do {
        guard try question.session.endSlice() else { continue }
        try beginAnswer(question.id, question.session, row: row - 1)
      } catch {
        end(question.id, .failure(error))
      }
    }
  }

  private func beginAnswer(_ id: Int, _ session: any AnswerSession, row: Int) throws {
    guard let member = members[id] else { return }
    order.remove(id)
    let live = LiveAnswer(member.asked, session, vocabulary: model.configuration.vocabulary)
    member.state = .answering(live)
    answering.append(id)
    guard !live.steps.isComplete else { return end(id, .success(live.report)) }
    try pass.withLogits(rows: row..<row + 1) { live.logits.set($0) }
    chooseTokens(id, live)
  }

  private func end(_ id: Int, _ outcome: Result<QueryEngine.Report, any Error>) {
    order.remove(id)
    answering.removeAll { $0 == id }
    members.removeValue(forKey: id)?.asked.onEnd(outcome)
  }
}

/// A question of a batch.
private final class Member {
  enum State {
    /// It has no tail yet.
    case waiting
    /// The question is run.
    case asking(any AnswerSession)
    /// Its answer grows.
    case answering(LiveAnswer)
  }

  let asked: AskedQuestion
  var state = State.waiting

  init(_ asked: AskedQuestion) { self.asked = asked }

  /// True if it has a tail.
  var isOpen: Bool {
    if case .waiting = state { return false }
    return true
  }
}

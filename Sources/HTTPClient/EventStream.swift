package import APITypes
internal import AsyncHTTPClient
internal import NIOCore

/// The events of a reply, in order. It reads from the connection only on demand.
struct EventStream: AsyncSequence, Sendable {
  let body: HTTPClientResponse.Body
  let url: CoordinatorURL

  struct AsyncIterator: AsyncIteratorProtocol {
    var chunks: HTTPClientResponse.Body.AsyncIterator
    let url: CoordinatorURL
    var parser = ServerSentEventParser()
    var pending: [ServerSentEvent] = []

    mutating func next() async throws -> ServerSentEvent? {
      while pending.isEmpty {
        guard let chunk = try await nextChunk() else { return nil }
        pending = try parser.append(chunk.readableBytesView).reversed()
      }
      return pending.popLast()
    }

    private mutating func nextChunk() async throws -> ByteBuffer? {
      do {
        return try await chunks.next()
      } catch {
        try Task.checkCancellation()
        throw ClientError.connectionLost(url: url.description, reason: reason(error), cause: error)
      }
    }

    /// The error of a stream that ends before its last event.
    var endedEarly: ClientError {
      .connectionLost(url: url.description, reason: "the coordinator ended the stream")
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(chunks: body.makeAsyncIterator(), url: url)
  }
}

/// The events of a document. It ends after the last; it throws ``ClientError`` when the connection breaks
/// before.
package struct DocumentEvents: AsyncSequence, Sendable {
  let stream: EventStream

  /// Reads one event after the other.
  package struct AsyncIterator: AsyncIteratorProtocol {
    var events: EventStream.AsyncIterator
    var isFinished = false

    /// The next event, or `nil` after the last.
    package mutating func next() async throws -> DocumentEvent? {
      while !isFinished {
        guard let event = try await events.next() else {
          try Task.checkCancellation()
          throw events.endedEarly
        }
        guard let known = try readable({ try DocumentEvent(name: event.name, data: event.data) }) else {
          continue
        }
        isFinished = known.isFinal
        return known
      }
      return nil
    }
  }

  /// Begins to read.
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(events: stream.makeAsyncIterator()) }
}

/// An answer as it is computed. It ends with its summary; it throws `ServiceError` or ``ClientError`` when
/// the answer breaks off.
package struct AnswerEvents: AsyncSequence, Sendable {
  let stream: EventStream

  /// Reads one event after the other.
  package struct AsyncIterator: AsyncIteratorProtocol {
    var events: EventStream.AsyncIterator
    var reason: FinishReason?
    var isFinished = false

    /// The next event, or `nil` after the summary.
    package mutating func next() async throws -> AnswerEvent? {
      while !isFinished {
        guard let event = try await events.next(), event.data != Array("[DONE]".utf8) else {
          try Task.checkCancellation()
          throw events.endedEarly
        }
        if let failure = try? APIJSON.decode(APIErrorResponse.self, from: event.data) {
          throw failure.error.serviceError(status: 500)
        }
        let chunk = try readable { try APIJSON.decode(ChatCompletionChunk.self, from: event.data) }
        if let choice = chunk.choices.first {
          reason = choice.finishReason ?? reason
          if choice.finishReason == nil { return .delta(choice.delta) }
        } else if let usage = chunk.usage, let figures = chunk.braid {
          isFinished = true
          return .finished(AnswerSummary(finishReason: reason ?? .stop, usage: usage, figures: figures))
        }
      }
      return nil
    }
  }

  /// Begins to read.
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(events: stream.makeAsyncIterator()) }
}

private func readable<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as DecodingError {
    throw ClientError.unexpectedReply("an event cannot be read: \(error.sentence)", cause: error)
  } catch let error as ServiceError {
    throw ClientError.unexpectedReply("an event cannot be read: \(error.message)", cause: error)
  }
}

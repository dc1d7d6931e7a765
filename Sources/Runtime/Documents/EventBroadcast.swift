package import APITypes

/// The events of one document, for any number of readers that come and go.
///
/// A reader first gets the latest event, and of several that it has not read yet the newest. The last event
/// ends every stream.
package struct EventBroadcast: Sendable {
  private var latest: DocumentEvent?
  private var readers: [Int: AsyncStream<DocumentEvent>.Continuation] = [:]
  private var nextReader = 0

  package init() {}

  /// Opens a stream from now on; `onEnd` is called with the reader's number when it stops reading.
  package mutating func subscribe(onEnd: @escaping @Sendable (Int) -> Void) -> AsyncStream<DocumentEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: DocumentEvent.self,
      bufferingPolicy: .bufferingNewest(1)
    )
    if let latest { continuation.yield(latest) }
    if latest?.isFinal == true {
      continuation.finish()
      return stream
    }
    let number = nextReader
    nextReader += 1
    continuation.onTermination = { _ in onEnd(number) }
    readers[number] = continuation
    return stream
  }

  /// Removes a reader.
  package mutating func unsubscribe(_ number: Int) { readers[number] = nil }

  /// Sends an event to all readers; nothing follows a final event.
  package mutating func send(_ event: DocumentEvent) {
    guard latest?.isFinal != true else { return }
    latest = event
    for reader in readers.values {
      reader.yield(event)
      if event.isFinal { reader.finish() }
    }
    if event.isFinal { readers.removeAll() }
  }
}

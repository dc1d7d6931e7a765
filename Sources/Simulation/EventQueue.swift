internal import HeapModule

/// The future events, by virtual time; events of one time come in the order in which they were added.
package struct EventQueue<Event> {
  private struct Entry: Comparable {
    var nanoseconds: Int64
    var sequence: Int
    var event: Event

    static func < (a: Entry, b: Entry) -> Bool {
      (a.nanoseconds, a.sequence) < (b.nanoseconds, b.sequence)
    }

    static func == (a: Entry, b: Entry) -> Bool { a.sequence == b.sequence }
  }

  private var heap = Heap<Entry>()
  private var added = 0

  /// Makes an empty queue.
  package init() {}

  /// True if no event is left.
  package var isEmpty: Bool { heap.isEmpty }

  /// Adds an event.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - nanoseconds: The time of the event, in nanoseconds of virtual time.
  package mutating func add(_ event: Event, at nanoseconds: Int64) {
    heap.insert(Entry(nanoseconds: nanoseconds, sequence: added, event: event))
    added += 1
  }

  /// Removes and returns the next event; nil when there is none.
  package mutating func next() -> (nanoseconds: Int64, event: Event)? {
    heap.popMin().map { ($0.nanoseconds, $0.event) }
  }
}

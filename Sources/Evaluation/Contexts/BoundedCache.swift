/// Values by key, at most so many bytes of them; what was used longest ago goes first.
package struct BoundedCache<Key: Hashable, Value> {
  private struct Entry {
    var value: Value
    var bytes: Int
    var lastUse: Int
  }

  /// The most bytes that are kept.
  package let capacity: Int
  /// Bytes of what is kept.
  package private(set) var bytes = 0
  private var entries: [Key: Entry] = [:]
  private var uses = 0

  /// A cache with nothing in it.
  package init(capacity: Int) { self.capacity = capacity }

  /// How many values are kept.
  package var count: Int { entries.count }

  /// The value of a key, if it is kept.
  package mutating func value(of key: Key) -> Value? {
    uses += 1
    entries[key]?.lastUse = uses
    return entries[key]?.value
  }

  /// Keeps a value and lets go of others until all fit; one larger than the capacity is not kept.
  ///
  /// - Complexity: O(n) for each value that goes.
  package mutating func insert(_ value: Value, for key: Key, bytes size: Int) {
    if let old = entries.removeValue(forKey: key) { bytes -= old.bytes }
    guard size <= capacity else { return }
    while bytes + size > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      entries.removeValue(forKey: oldest.key)
      bytes -= oldest.value.bytes
    }
    uses += 1
    entries[key] = Entry(value: value, bytes: size, lastUse: uses)
    bytes += size
  }
}

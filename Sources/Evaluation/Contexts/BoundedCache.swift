/// A cache of values with a limit on their bytes, which drops the least recently used value first.
package struct BoundedCache<Key: Hashable, Value> {
  private struct Entry {
    var value: Value
    var bytes: Int
    var lastUse: Int
  }

  /// The most bytes that are kept.
  package let capacity: Int
  /// Bytes of the values that are kept.
  package private(set) var bytes = 0
  private var entries: [Key: Entry] = [:]
  private var uses = 0

  package init(capacity: Int) { self.capacity = capacity }

  /// The number of values that are kept.
  package var count: Int { entries.count }

  /// Returns the value of a key and marks it as used; nil if it is not kept.
  package mutating func value(of key: Key) -> Value? {
    uses += 1
    entries[key]?.lastUse = uses
    return entries[key]?.value
  }

  /// Keeps a value and drops others until all fit. A value larger than the capacity is not kept.
  ///
  /// - Complexity: O(n) for each value dropped.
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

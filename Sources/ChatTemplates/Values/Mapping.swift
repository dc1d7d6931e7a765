/// A mapping in the order in which its keys were added, as Python's `dict`.
struct Mapping {
  /// A key as it is compared: equal numbers are one key, whatever their type.
  enum Key: Hashable {
    case none
    case undefined
    case int(Int)
    case float(Double)
    case text(Text)
    case tuple([Key])
  }

  private(set) var keys: [Value] = []
  private(set) var values: [Value] = []
  private var places: [Key: Int] = [:]
  /// How deep values stand in it.
  private(set) var depth = 1

  var count: Int { keys.count }

  subscript(_ key: Key) -> Value? { places[key].map { values[$0] } }

  subscript(_ name: String) -> Value? { self[.text(Text(name))] }

  /// Sets the value of a key, which keeps its place where it has one.
  mutating func set(_ key: Value, _ hashed: Key, to value: Value) {
    depth = max(depth, key.depth + 1, value.depth + 1)
    if let place = places[hashed] {
      values[place] = value
    } else {
      places[hashed] = keys.count
      keys.append(key)
      values.append(value)
    }
  }

  mutating func set(_ name: String, to value: Value) {
    let text = Text(name)
    set(.text(text), .text(text), to: value)
  }
}

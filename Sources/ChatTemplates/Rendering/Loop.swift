/// The attributes of `loop`.
enum LoopAttribute: String, CaseIterable {
  case index, index0, revindex, revindex0, first, last, length, previtem, nextitem, depth, depth0, cycle,
    changed
}

/// A loop that is running: `loop` in a template.
///
/// Elements are looked at one by one, since the condition of `for … if …` may depend on what the loop's body did.
final class Loop {
  /// Says whether an element passes the loop's condition.
  typealias Condition = (Value) throws(ChatTemplateError) -> Bool

  private let elements: [Value]
  private let condition: Condition?
  private var position = 0
  /// The element behind the present one, where it was looked at already; nil at the end.
  private var ahead: Value??
  /// The number of elements where it was asked for.
  private var known: Int?
  /// The elements that were behind the present one when their number was asked for.
  private var rest: ArraySlice<Value>?

  /// The place of the present element.
  private(set) var index0 = -1
  private(set) var current: Value?
  private(set) var previous: Value?
  /// How deep values stand in the loop.
  let depth: Int
  /// What `changed` was last called with.
  var last: [Value]?

  init(_ items: Value.Items, condition: Condition?) {
    elements = items.values
    depth = items.depth + 1
    self.condition = condition
  }

  private func pull() throws(ChatTemplateError) -> Value? {
    if rest != nil { return rest?.popFirst() }
    while position < elements.count {
      let element = elements[position]
      position += 1
      if let condition, try !condition(element) { continue }
      return element
    }
    return nil
  }

  /// Goes on to the next element; false at the end.
  func advance() throws(ChatTemplateError) -> Value? {
    let next = try following()
    ahead = nil
    guard let next else { return nil }
    index0 += 1
    previous = current
    current = next
    return next
  }

  /// The element behind the present one; nil for none.
  func following() throws(ChatTemplateError) -> Value? {
    if let ahead { return ahead }
    let next = try pull()
    ahead = .some(next)
    return next
  }

  /// The number of elements, for which all of them are looked at.
  func count() throws(ChatTemplateError) -> Int {
    if let known { return known }
    guard condition != nil else {
      known = elements.count
      return elements.count
    }
    var rest: [Value] = []
    if let next = try following() {
      rest.append(next)
      ahead = nil
      while let next = try pull() { rest.append(next) }
    }
    self.rest = rest[...]
    let count = index0 + 1 + rest.count
    known = count
    return count
  }
}

// Attributes, items and slices. As in jinja2, an attribute or item that is not there is undefined, and only using it
// is an error.
extension Renderer {
  /// `value.name`: what Python calls an attribute goes before a member of that name.
  func attribute(_ name: String, of value: Value) throws(ChatTemplateError) -> Value {
    if let found = try nativeAttribute(name, of: value) { return found }
    if case .mapping(let mapping) = value, let found = mapping[name] { return found }
    return missing(name, in: value)
  }

  /// `value[key]`: a member goes before what Python calls an attribute.
  func item(_ key: Value, of value: Value) throws(ChatTemplateError) -> Value {
    switch value {
    case .undefined(let value): throw fail(value.reason)
    case .text(let text):
      if let index = index(key, in: text.count) { return .text(Text([text.scalars[index]])) }
    case .markup(let text):
      if let index = index(key, in: text.count) { return .markup(Text([text.scalars[index]])) }
    case .list(let items), .tuple(let items):
      if let index = index(key, in: items.values.count) { return items.values[index] }
    case .range(let range):
      if let index = index(key, in: range.count) { return .int(range[index]) }
    case .mapping(let mapping):
      if isHashable(key), let found = mapping[try hashed(key)] { return found }
    default: break
    }
    guard let name = key.string?.string else { return missing(try shown(key), in: value) }
    return try nativeAttribute(name, of: value) ?? missing(name, in: value)
  }

  func missing(_ name: String, in value: Value) -> Value {
    .undefined(.init(reason: "a \(value.typeName) has no attribute or element \"\(name)\""))
  }

  private func index(_ key: Value, in count: Int) -> Int? {
    guard let index = key.integer else { return nil }
    let place = index < 0 ? index + count : index
    return place >= 0 && place < count ? place : nil
  }

  /// An attribute that the type of a value has in Python; nil for none.
  private func nativeAttribute(_ name: String, of value: Value) throws(ChatTemplateError) -> Value? {
    switch value {
    case .undefined(let value): throw fail(value.reason)
    case .namespace(let namespace): return namespace.members[name]
    case .loop(let loop):
      guard let attribute = LoopAttribute(rawValue: name) else { return nil }
      return try self.attribute(attribute, of: loop)
    default: break
    }
    switch Method.find(name, of: value) {
    case .known(let method): return .method(method)
    case .changing:
      return .undefined(
        .init(
          reason: "the method \"\(name)\" changes a \(value.typeName), which a template may not",
          isRefused: true
        )
      )
    case .unknown: throw fail("the attribute \"\(name)\" of a \(value.typeName) is not known here", .unknown)
    case .none: return nil
    }
  }

  private func attribute(_ attribute: LoopAttribute, of loop: Loop) throws(ChatTemplateError) -> Value {
    switch attribute {
    case .index: return .int(loop.index0 + 1)
    case .index0: return .int(loop.index0)
    case .revindex: return .int(try loop.count() - loop.index0)
    case .revindex0: return .int(try loop.count() - loop.index0 - 1)
    case .first: return .bool(loop.index0 == 0)
    case .last: return .bool(try loop.following() == nil)
    case .length: return .int(try loop.count())
    case .previtem:
      return loop.index0 > 0 ? loop.previous ?? .none : .undefined(.init(reason: "there is no previous item"))
    case .nextitem: return try loop.following() ?? .undefined(.init(reason: "there is no next item"))
    // Only recursive loops, which are not known here, are deeper.
    case .depth: return .int(1)
    case .depth0: return .int(0)
    case .cycle: return .method(Method(.cycle, .loop(loop)))
    case .changed: return .method(Method(.changed, .loop(loop)))
    }
  }

  /// `value[start:end:step]`
  func slice(of value: Value, _ start: Value, _ end: Value, step: Value) throws(ChatTemplateError) -> Value {
    let count: Int
    switch value {
    case .undefined(let value): throw fail(value.reason)
    case .text(let text), .markup(let text): count = text.count
    case .list(let items), .tuple(let items): count = items.values.count
    case .range(let range): count = range.count
    default: throw fail("a \(value.typeName) cannot be sliced")
    }
    for bound in [start, end, step] where bound.integer == nil {
      guard case .none = bound else { throw fail("a bound of a slice is a \(bound.typeName)") }
    }
    guard step.integer != 0 else { throw fail("the step of a slice is 0") }
    let stride = max(step.integer ?? 1, -Int.max)
    let (first, length) = Self.places(start.integer, end.integer, stride, count)
    try spend(length + 1)
    func chosen<Element>(_ row: [Element]) -> [Element] { (0..<length).map { row[first + $0 * stride] } }
    switch value {
    case .text(let text): return .text(Text(chosen(text.scalars)))
    case .markup(let text): return .markup(Text(chosen(text.scalars)))
    case .list(let items): return try list(chosen(items.values))
    case .tuple(let items): return try tuple(chosen(items.values))
    case .range(let range):
      guard let result = range.sliced(from: first, count: length, by: stride) else {
        throw fail("a range is too large", .limit)
      }
      return .range(result)
    default: return .none
    }
  }

  /// The first place of a slice and their number, as Python's `slice.indices` has them.
  private static func places(_ start: Int?, _ end: Int?, _ step: Int, _ count: Int) -> (
    first: Int, length: Int
  ) {
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func place(_ bound: Int) -> Int { min(max(bound < 0 ? bound + count : bound, lowest), highest) }
    let first = start.map(place) ?? (step > 0 ? lowest : highest)
    let last = end.map(place) ?? (step > 0 ? highest : lowest)
    let distance = step > 0 ? last - first : first - last
    guard distance > 0 else { return (0, 0) }
    return (first, (distance - 1) / Int(clamping: step.magnitude) + 1)
  }
}

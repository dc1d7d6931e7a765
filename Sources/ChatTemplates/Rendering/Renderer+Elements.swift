extension Renderer {
  /// The elements that a loop over a value goes through.
  func elements(of value: Value) throws(ChatTemplateError) -> Value.Items {
    switch value {
    case .undefined: return try items([])
    case .list(let items), .tuple(let items): return items
    case .text(let text), .markup(let text): return try items(text.scalars.map { .text(Text([$0])) })
    case .mapping(let mapping): return try items(mapping.keys)
    case .view(let view): return view.items
    case .range(let range):
      guard range.count <= limits.elements else {
        throw fail("a range has more than \(limits.elements) numbers", .limit)
      }
      return try items((0..<range.count).map { .int(range[$0]) })
    case .iterator(let iterator):
      var values: [Value] = []
      while let next = iterator.next() { values.append(next) }
      return try items(values)
    case .none, .bool, .int, .float, .namespace, .loop, .macro, .function, .method:
      throw fail("a \(value.typeName) has no elements")
    }
  }

  /// The number of a value's elements; nil for a value that does not know it.
  func count(of value: Value) throws(ChatTemplateError) -> Int? {
    switch value {
    case .undefined: 0
    case .list(let items), .tuple(let items): items.values.count
    case .text(let text), .markup(let text): text.count
    case .mapping(let mapping): mapping.count
    case .view(let view): view.items.values.count
    case .range(let range): range.count
    case .loop(let loop): try loop.count()
    case .none, .bool, .int, .float, .iterator, .namespace, .macro, .function, .method: nil
    }
  }

  /// `element in value`
  func contains(_ value: Value, _ element: Value) throws(ChatTemplateError) -> Bool {
    switch value {
    case .text(let text), .markup(let text):
      guard let part = element.string else {
        throw fail("a \(element.typeName) cannot be looked for in a string")
      }
      try spend(text.count + part.count)
      return text.index(of: part) != nil
    case .mapping(let mapping): return mapping[try hashed(element)] != nil
    case .view(let view) where view.kind == .keys:
      // Python looks the key up, so it must be hashable.
      _ = try hashed(element)
      return try contains(view.items.values, element)
    case .range(let range):
      if let number = element.integer { return range.contains(number) }
      guard case .float(let number) = element, let number = Int(exactly: number) else { return false }
      return range.contains(number)
    case .iterator(let iterator):
      while let next = iterator.next() {
        if try areEqual(next, element) { return true }
      }
      return false
    default: return try contains(try elements(of: value).values, element)
    }
  }

  private func contains(_ values: [Value], _ element: Value) throws(ChatTemplateError) -> Bool {
    for value in values where try areEqual(value, element) { return true }
    return false
  }
}

// The filters that take a row as a whole.
extension Renderer {
  func arrange(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    func given(_ signature: StaticString) throws(ChatTemplateError) -> Given {
      try Given(arguments, signature, of: "the filter \"\(filter.rawValue)\"", self)
    }
    switch filter {
    case .length, .count:
      _ = try given("")
      guard let count = try count(of: value) else { throw fail("a \(value.typeName) has no length") }
      return .int(count)
    case .first, .last:
      _ = try given("")
      return try end(of: value, isFirst: filter == .first)
    case .join:
      let given = try given("d attribute")
      let values = try keys(given["attribute"], of: try elements(of: value).values)
      return .text(
        try joined(values, given["d"].map { (d) throws(ChatTemplateError) in try text(of: d) } ?? "")
      )
    case .list:
      _ = try given("")
      return .list(try elements(of: value))
    case .sort:
      let given = try given("reverse case_sensitive attribute")
      return try sorted(value, given)
    case .unique:
      let given = try given("case_sensitive attribute")
      return try unique(value, given)
    case .min, .max:
      let given = try given("case_sensitive attribute")
      return try extreme(value, given, isLeast: filter == .min)
    case .sum:
      let given = try given("attribute start")
      var sum = given["start"] ?? .int(0)
      for value in try keys(given["attribute"], of: try elements(of: value).values) {
        sum = try calculate(.plus, sum, value)
      }
      return sum
    case .reverse:
      _ = try given("")
      if let text = value.string {
        try spend(text.count)
        if case .markup = value { return .markup(text.reversed) }
        return .text(text.reversed)
      }
      return try iterator(try elements(of: value).values.reversed())
    case .items:
      _ = try given("")
      if value.isUndefined { return try iterator([]) }
      guard case .mapping(let mapping) = value else {
        throw fail("the filter \"items\" takes a mapping, and was given a \(value.typeName)")
      }
      return try iterator(try view(.items, of: mapping).items.values)
    case .dictsort: return try sortedMembers(value, try given("case_sensitive by reverse"))
    case .batch: return try batches(value, try given("linecount! fill_with"))
    default: throw fail("the filter \"\(filter.rawValue)\" is not known here", .unknown)
    }
  }

  private func end(of value: Value, isFirst: Bool) throws(ChatTemplateError) -> Value {
    let nothing = Value.undefined(
      .init(reason: "a row is empty and has no \(isFirst ? "first" : "last") item")
    )
    if case .iterator(let iterator) = value {
      guard isFirst else { throw fail("a \(value.typeName) has no last item") }
      return iterator.next() ?? nothing
    }
    if let text = value.string {
      return (isFirst ? text.scalars.first : text.scalars.last).map { .text(Text([$0])) } ?? nothing
    }
    let values = try elements(of: value).values
    return (isFirst ? values.first : values.last) ?? nothing
  }

  /// What elements are sorted or joined by: themselves, or an attribute such as `function.name` of each.
  private func keys(_ attribute: Value?, of values: [Value], ignoringCase: Bool = false)
    throws(ChatTemplateError)
    -> [Value]
  {
    var keys: [Value] = []
    for value in values {
      var key = value
      for part in try parts(of: attribute ?? .none) { key = try item(part, of: key) }
      try spend(1)
      if ignoringCase, let text = key.string {
        try spend(text.count)
        key = .text(text.lowercased)
      }
      keys.append(key)
    }
    return keys
  }

  /// The names between the points of an attribute; those of digits are places in a row.
  func parts(of attribute: Value) throws(ChatTemplateError) -> [Value] {
    if case .none = attribute { return [] }
    guard let text = attribute.string else { return [attribute] }
    try spend(text.count)
    return text.split(".").map { $0.isDigits ? Int($0.string).map { .int($0) } ?? .text($0) : .text($0) }
  }

  /// The places of values in ascending order; equal ones stay as they are.
  func order(_ values: [Value], descending: Bool = false) throws(ChatTemplateError) -> [Int] {
    var order = Array(values.indices)
    var width = 1
    while width < order.count {
      var merged: [Int] = []
      for start in stride(from: 0, to: order.count, by: 2 * width) {
        var left = order[start..<min(start + width, order.count)]
        var right = order[left.endIndex..<min(start + 2 * width, order.count)]
        while let a = left.first, let b = right.first {
          let goesFirst = descending ? try precedes(values[a], values[b]) : try precedes(values[b], values[a])
          merged.append(goesFirst ? b : a)
          if goesFirst { right.removeFirst() } else { left.removeFirst() }
        }
        merged += left + right
      }
      order = merged
      width *= 2
    }
    return order
  }

  private func sorted(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    let values = try elements(of: value).values
    if given["attribute"]?.string?.scalars.contains(",") == true {
      throw fail("sorting by several attributes is not known here", .unknown)
    }
    let keys = try keys(given["attribute"], of: values, ignoringCase: !given.isTrue("case_sensitive"))
    return try list(try order(keys, descending: try given.flag("reverse")).map { values[$0] })
  }

  private func sortedMembers(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    guard case .mapping(let mapping) = value else {
      throw fail("the filter \"dictsort\" takes a mapping, and was given a \(value.typeName)")
    }
    let by = try given.text("by") ?? "key"
    guard by == "key" || by == "value" else {
      throw fail("the filter \"dictsort\" sorts by \"key\" or \"value\"")
    }
    let pairs = try view(.items, of: mapping).items.values
    let keys = try keys(
      nil,
      of: by == "key" ? mapping.keys : mapping.values,
      ignoringCase: !given.isTrue("case_sensitive")
    )
    return try list(try order(keys, descending: try given.flag("reverse")).map { pairs[$0] })
  }

  private func unique(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    let values = try elements(of: value).values
    let keys = try keys(given["attribute"], of: values, ignoringCase: !given.isTrue("case_sensitive"))
    var seen: Set<Mapping.Key> = []
    var kept: [Value] = []
    for (value, key) in zip(values, keys) where seen.insert(try hashed(key)).inserted { kept.append(value) }
    return try iterator(kept)
  }

  private func extreme(_ value: Value, _ given: Given, isLeast: Bool) throws(ChatTemplateError) -> Value {
    let values = try elements(of: value).values
    let keys = try keys(given["attribute"], of: values, ignoringCase: !given.isTrue("case_sensitive"))
    var best = 0
    for place in keys.indices.dropFirst() {
      let isBetter = isLeast ? try precedes(keys[place], keys[best]) : try precedes(keys[best], keys[place])
      if isBetter { best = place }
    }
    return values.isEmpty ? .undefined(.init(reason: "a row is empty and has no extreme item")) : values[best]
  }

  private func batches(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    guard let size = try given.integer("linecount"), size > 0 else {
      throw fail("the filter \"batch\" takes a number above 0")
    }
    let values = try elements(of: value).values
    var batches: [Value] = []
    var start = 0
    while start < values.count {
      let end = start + min(size, values.count - start)
      var batch = Array(values[start..<end])
      if let filling = given["fill_with"] {
        if case .none = filling {
        } else {
          try spend(size - batch.count)
          batch += [Value](repeating: filling, count: size - batch.count)
        }
      }
      batches.append(try list(batch))
      start = end
    }
    return try iterator(batches)
  }
}

/// A value that a template is given: what JSON can say, in the order of its members.
package indirect enum TemplateValue: Hashable, Sendable {
  /// Jinja's `none`.
  case none
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A number with a fraction.
  case number(Double)
  /// A text.
  case text(String)
  /// A list.
  case list([TemplateValue])
  /// A mapping from texts to values.
  case mapping([Member])

  /// A member of a mapping.
  package struct Member: Hashable, Sendable {
    /// The key.
    package var key: String
    /// The value.
    package var value: TemplateValue

    package init(_ key: String, _ value: TemplateValue) {
      self.key = key
      self.value = value
    }
  }
}

/// The bounds of what a template may cost, since it comes from a file.
package struct ChatTemplateLimits: Sendable {
  /// The length of the template, in UTF-8.
  package var sourceBytes = 1 << 20
  /// How deep statements, and within them expressions, stand in each other.
  package var nesting = 100
  /// Steps of a rendering: one for each expression, statement, element and character that it works on.
  package var steps = 5_000_000
  /// The length of what is rendered, in UTF-8.
  package var outputBytes = 4 << 20
  /// Elements of a list, as in jinja2's sandbox for `range`.
  package var elements = 100_000

  package init() {}

  /// How deep a rendering may stand in calls of macros, statements and expressions together.
  var depth: Int { 4 * min(nesting, 100) }
}

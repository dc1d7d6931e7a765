internal import ChatTemplates
internal import Testing

/// What is not known, or not right, is an error that names it and its line.
@Suite struct RefusalTests {
  private func failure(reading source: String) -> ChatTemplateError? {
    #expect(throws: ChatTemplateError.self) { try ChatTemplate(source) }
  }

  private func failure(rendering source: String) throws -> ChatTemplateError? {
    let template = try ChatTemplate(source)
    return #expect(throws: ChatTemplateError.self) {
      try template.render(messages: [], addGenerationPrompt: false)
    }
  }

  @Test(
    "What is not known is refused by name when it is read, even where it would not be reached",
    arguments: [
      ("{% include 'x' %}", "include"), ("{% extends 'x' %}", "extends"), ("{% import 'x' as y %}", "import"),
      ("{% block x %}{% endblock %}", "block"), ("{% call f() %}{% endcall %}", "call"),
      ("{% for x in y recursive %}{% endfor %}", "recursive"), ("{{ x | xmlattr }}", "xmlattr"),
      ("{{ x | a.b }}", "a.b"), ("{{ x is frobbed }}", "frobbed"), ("{{ frob(1) }}", "frob"),
      ("{{ x.frob() }}", "frob"), ("{{ x.__class__ }}", "__class__"), ("{{ loop.frob }}", "frob"),
      ("{{ x | map('frob') }}", "frob"), ("{{ x | selectattr('a', 'frob') }}", "frob"), ("{{ f(*x) }}", "*"),
      ("{{ lipsum() }}", "lipsum"), ("{{ caller() }}", "caller"), ("{{ '\\N{DASH}' }}", "\\N"),
      ("{{ self.x }}", "self"),
    ]
  )
  func unknown(_ construct: String, _ name: String) throws {
    let error = try #require(failure(reading: "\n{% if false %}\n" + construct + "{% endif %}"))
    #expect(error.code == .unknown)
    #expect(error.message.contains("\"\(name)\"") || name == "recursive" || name == "caller", "\(error)")
    #expect(error.message.hasPrefix("line 3 of the chat template: "), "\(error)")
  }

  @Test(
    "What is no Jinja is refused when it is read, with its line",
    arguments: [
      "{{", "{{ 1", "{{ 1 + }}", "{{ (1 }}", "{{ 'a }}", "{% if %}{% endif %}", "{% if 1 %}", "{% endfor %}",
      "{% for x in y %}", "{{ a b }}", "{# x", "{% raw %} x", "{% set 1 = 2 %}", "{{ $ }}", "{% break %}",
      "{{ x is string is string }}", "{{ f(a=1, 2) }}", "{{ '\\ud800' }}", "{{ '\\x4' }}", "{{ \u{e9} }}",
      "{% macro f(a=1, b) %}{% endmacro %}", "{% if 1 %}{% else %}{% elif 1 %}{% endif %}",
    ]
  )
  func malformed(_ construct: String) throws {
    let error = try #require(failure(reading: "a\r\nb\r" + construct))
    #expect(error.code == .syntax, "\(error)")
    #expect(error.message.hasPrefix("line 3 of the chat template: "), "\(error)")
  }

  @Test(
    "An expression without a value fails with its line",
    arguments: [
      "{{ missing.x }}", "{{ missing + 1 }}", "{{ 1 + 'a' }}", "{{ 1 / 0 }}", "{{ none[1:] }}",
      "{{ 5 | length }}",
      "{{ [].append(1) }}", "{{ {}.update(a=1) }}", "{{ 'a'.index('b') }}", "{{ missing() }}",
      "{{ {[]: 1} }}",
      "{% set missing.x = 1 %}", "{% for a, b in [1] %}{% endfor %}", "{{ missing | tojson }}",
      "{{ 'a' < 1 }}",
    ]
  )
  func fails(_ construct: String) throws {
    let error = try #require(try failure(rendering: "{% set missing = nothing %}\n\n" + construct))
    #expect(error.code == .failed, "\(error)")
    #expect(error.message.hasPrefix("line 3 of the chat template: "), "\(error)")
  }

  @Test(
    "What Python could do and is not known here is refused, not guessed, when it is met",
    arguments: [
      "{{ 'a'.encode }}", "{{ '%s' % 1 }}", "{{ 2 ** -1 }}", "{{ 2.0 ** 0.5 }}", "{{ '{:>5}'.format(1) }}",
      "{{ 1 is sameas 1 }}", "{{ strftime_now }}{{ 'a'.upper }}", "{{ namespace() }}",
      "{{ 'a' | int(base=3) }}",
      "{{ [1] | sort(attribute='a,b') }}", "{{ (1).real }}", "{{ ('<' | safe).strip() }}",
    ]
  )
  func unknownWhenMet(_ construct: String) throws {
    let error = try #require(try failure(rendering: construct))
    #expect(error.code == .unknown, "\(error)")
  }
}

internal import ChatTemplates
internal import Foundation
internal import Testing

/// A template comes from a file: nothing in it may trap, or go on for long.
@Suite struct LimitsTests {
  /// Reads and renders a template on a thread with little memory for its stack.
  private func outcome(
    _ source: String,
    _ limits: ChatTemplateLimits = .init(),
    stackBytes: Int = 1 << 20
  ) -> Result<String, ChatTemplateError> {
    let result = Box()
    let thread = Thread {
      do throws(ChatTemplateError) {
        let text = try ChatTemplate(source, limits: limits).render(["text": .text("abc")])
        result.set(.success(text))
      } catch {
        result.set(.failure(error))
      }
      result.done.signal()
    }
    thread.stackSize = stackBytes
    thread.start()
    result.done.wait()
    return result.value ?? .success("no result")
  }

  /// The thread writes the result before it signals, and the test reads it after: never at once.
  private final class Box: @unchecked Sendable {
    let done = DispatchSemaphore(value: 0)
    private(set) var value: Result<String, ChatTemplateError>?
    func set(_ value: Result<String, ChatTemplateError>) { self.value = value }
  }

  private func expectLimit(_ source: String, _ limits: ChatTemplateLimits = .init()) {
    guard case .failure(let error) = outcome(source, limits) else {
      Issue.record("no limit was met by \(source.prefix(200))")
      return
    }
    #expect(error.code == .limit, "\(error)")
  }

  private static let times = 20_000

  private static func nested(_ start: String, _ end: String, _ middle: String = "1") -> String {
    String(repeating: start, count: times) + middle + String(repeating: end, count: times)
  }

  @Test(
    "What stands in each other too deep is refused when it is read",
    arguments: [
      "{{ " + nested("(", ")") + " }}", "{{ " + nested("[", "]") + " }}", "{{ " + nested("{1:", "}") + " }}",
      "{{ " + nested("not ", "") + " }}", "{{ " + nested("- ", "") + " }}", "{{ " + nested("x[", "]") + " }}",
      "{{ " + nested("1 if 1 else ", "") + " }}", "{{ " + nested("", " + 1") + " }}",
      "{{ " + nested("", " | abs") + " }}",
      "{{ x" + nested("", ".x", "") + " }}", "{{ x" + nested("", "()", "") + " }}",
      "{{ " + nested("f(", ")") + " }}",
      "{{ 1" + nested(" and 1", "", "") + " }}", "{{ 1" + nested(" is eq(1", ")", "") + " }}",
      nested("{% if 1 %}", "{% endif %}"), nested("{% for x in y %}", "{% endfor %}"),
      nested("{% macro f() %}", "{% endmacro %}"), nested("{% set x %}", "{% endset %}"),
      "{% set " + nested("(", ")", "a") + " = 1 %}",
    ]
  )
  func nesting(_ source: String) {
    var limits = ChatTemplateLimits()
    limits.sourceBytes = 1 << 24
    expectLimit(source, limits)
  }

  @Test("Long rows of the same kind are read")
  func breadth() {
    for source in [
      "{{ 1" + String(repeating: " ~ 1", count: 10_000) + " }}",
      "{{ 1" + String(repeating: " == 1", count: 10_000) + " }}",
      String(repeating: "{% if 0 %}{% elif 1 %}x{% endif %}", count: 10_000),
      "{% if 0 %}" + String(repeating: "{% elif 0 %}", count: 10_000) + "{% endif %}",
      "{{ [" + String(repeating: "1,", count: 10_000) + "] | length }}",
    ] {
      guard case .success = outcome(source) else {
        Issue.record("refused: \(outcome(source))")
        continue
      }
    }
  }

  @Test(
    "Work without end is given up",
    arguments: [
      "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f(n) %}{% for i in range(9) %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(1) }}",
      "{% set ns = namespace(t='ab') %}{% for i in range(99999) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(99999) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
      "{% set ns = namespace(t=[]) %}{% for i in range(99999) %}{% set ns.t = [ns.t] %}{% endfor %}",
      "{% set ns = namespace(t={}) %}{% for i in range(99999) %}{% set ns.t = {1: ns.t} %}{% endfor %}",
      "{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ ns.t }}",
      "{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ ns.t | tojson }}",
      "{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}",
      "{% set ns = namespace(t=(1,), u=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% set ns.u = (ns.u, ns.u) %}{% endfor %}{{ ns.t == ns.u }}",
      "{% set ns = namespace(t=(1,), u=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% set ns.u = (ns.u, ns.u) %}{% endfor %}{{ ns.t < ns.u }}",
      "{% set ns = namespace(l=none) %}{% for i in range(99999) %}{% for j in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}",
      "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] | select %}{% endfor %}",
      "{% set ns = namespace(f=0) %}{% macro m() %}{% macro k() %}{% set ns.f = m %}{% endmacro %}{% set ns.f = k %}{{ k() }}{{ m() }}{% endmacro %}{{ m() }}",
      "{{ 'a' * 9223372036854775807 }}", "{{ [1] * 4611686018427387904 }}", "{{ '' * 9223372036854775807 }}",
      "{{ ('a' * 2000000).replace('a', 'bbbbbbbbbb') }}", "{{ ('a' * 2000000).replace('', 'bbbbbbbbbb') }}",
      "{{ 'a\\nb' | indent(9223372036854775807) }}", "{{ [1] | tojson(indent=9223372036854775807) }}",
      "{{ '1'.zfill(9223372036854775807) }}", "{{ [1] | batch(9223372036854775807, 0) | list }}",
      "{{ ('a' * 1000000) ~ ('a' * 1000000) ~ ('a' * 1000000) ~ ('a' * 1000000) ~ ('a' * 1000000) }}",
      "{{ range(200000) }}", "{{ ('a' * 200000) | list }}", "{{ 1e999 }}", "{{ 9223372036854775808 }}",
      "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}", "{{ 4611686018427387904 * 2 }}",
      "{{ 2 ** 63 }}", "{{ 2 ** 9223372036854775807 }}", "{{ -(-9223372036854775807 - 1) }}",
      "{{ (-9223372036854775807 - 1) // -1 }}", "{{ (-9223372036854775807 - 1) | abs }}", "{{ 1e300 | int }}",
      "{{ '9223372036854775808' | int }}", "{{ [9223372036854775807, 1] | sum }}",
    ]
  )
  func work(_ source: String) { expectLimit(source) }

  @Test("Numbers at their bounds make no trap")
  func bounds() throws {
    let least = "(-9223372036854775807 - 1)"
    for (source, expected) in [
      ("{{ \(least) % -1 }}", "0"), ("{{ text[\(least):] }}", "abc"), ("{{ text[:\(least)] }}", ""),
      ("{{ text[::\(least)] }}", "c"), ("{{ text[9223372036854775807:] }}", ""), ("{{ text[\(least)] }}", ""),
      ("{{ \(least) in range(3) }}", "False"), ("{{ 9223372036854775807 in range(-3, 3) }}", "False"),
      ("{{ range(9223372036854775806, 9223372036854775807)[0] }}", "9223372036854775806"),
      ("{{ (-1) ** 9223372036854775807 }}", "-1"), ("{{ \(least) == -9223372036854775808.0 }}", "True"),
      ("{{ 9223372036854775807 < 9223372036854775808.0 }}", "True"), ("{{ 'a'.zfill(\(least)) }}", "a"),
      ("{{ 'abc'.split('b', \(least)) }}", "['a', 'c']"), ("{{ 'a' * \(least) }}", ""),
    ] {
      #expect(try outcome(source).get() == expected, "\(source)")
    }
    for source in [
      "{{ range(\(least), 9223372036854775807) }}", "{{ range(0, 1, \(least)) }}",
      "{{ range(5, \(least), -1) }}",
    ] {
      guard case .failure = outcome(source) else {
        Issue.record("no error from \(source)")
        continue
      }
    }
  }

  @Test("Searching a long text for a long one takes linear time")
  func searching() throws {
    let source =
      "{% set t = 'a' * 400000 %}{% set p = 'a' * 200000 + 'b' %}{{ p in t }}{{ t.count(p) }}{{ t.rfind(p) }}"
    #expect(try outcome(source).get() == "False0-1")
  }

  @Test("A template that is too long, or writes too much, is refused")
  func sizes() throws {
    var limits = ChatTemplateLimits()
    limits.sourceBytes = 10
    expectLimit("01234567890", limits)
    limits = ChatTemplateLimits()
    limits.outputBytes = 10
    expectLimit("01234567890", limits)
    expectLimit("{% for i in range(6) %}\u{e9}{% endfor %}", limits)
    #expect(try outcome("0123456789", limits).get() == "0123456789")
    limits = ChatTemplateLimits()
    limits.steps = 100
    expectLimit("{% for i in range(60) %}x{% endfor %}", limits)
    limits = ChatTemplateLimits()
    limits.nesting = 3
    expectLimit("{{ ((((1)))) }}", limits)
  }

  @Test("A macro that calls itself for as long as is allowed ends on a small stack")
  func recursion() throws {
    let source = "{% macro f(n) %}{% if n > 0 %}{{ n ~ f(n - 1) }}{% endif %}{% endmacro %}{{ f(20) }}"
    #expect(try outcome(source, stackBytes: 1 << 19).get() == "2019181716151413121110987654321")
  }
}

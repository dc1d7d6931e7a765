internal import CommandLineSupport
internal import Testing

/// Command lines that a shell can repeat.
@Suite struct ShellTextTests {
  @Test(
    arguments: [
      (["braid", "--chunks", "4,8"], "braid --chunks 4,8"), (["a b", ""], "'a b' ''"),
      (["sink;placement=x", "$(id)"], "'sink;placement=x' '$(id)'"), (["it's"], "'it'\\''s'"),
    ]
  )
  func wordsAreQuotedWhereTheyMustBe(_ words: [String], _ expected: String) {
    #expect(ShellText.line(words) == expected)
  }
}

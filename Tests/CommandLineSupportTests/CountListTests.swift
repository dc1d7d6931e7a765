internal import CommandLineSupport
internal import Testing

@Suite struct CountListTests {
  @Test(
    arguments: [
      ("1,2,4", [1, 2, 4]), ("1-4", [1, 2, 3, 4]), ("8,1-2", [8, 1, 2]), ("2,2", [2]), ("3-3", [3]),
    ] as [(String, [Int])]
  )
  func listsAndRanges(_ text: String, _ expected: [Int]) {
    #expect(CountList.parse(text, in: 1...64) == expected)
  }

  @Test(arguments: ["", "0", "65", "1,", "4-1", "1-2-3", "-1", "a", "1 2", "99999999999999999999", "1-65"])
  func anythingElseIsRefused(_ text: String) {
    #expect(CountList.parse(text, in: 1...64) == nil)
  }
}

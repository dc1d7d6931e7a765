internal import Tables
internal import Testing

/// Rows of results as text for programs.
@Suite struct TableTextTests {
  private struct Row: TableRow {
    var name: String
    var count = 1
    var share: Double?
    var flag = true

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, count, share, flag
    }

    static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
  }

  @Test func csvHasItsColumnsInOrderAndEmptyCellsForWhatIsMissing() throws {
    let text = try TableText.csv([Row(name: "a", share: 0.25), Row(name: "b", count: -2, flag: false)])
    #expect(text == "name,count,share,flag\r\na,1,0.25,true\r\nb,-2,,false\r\n")
    #expect(try TableText.csv([Row]()) == "name,count,share,flag\r\n")
  }

  @Test(
    arguments: [
      ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""),
      ("a\r\nb", "\"a\r\nb\""), ("", ""), (" a", " a"),
    ]
  )
  func fieldsAreQuotedWhereTheyMustBe(_ field: String, _ expected: String) throws {
    #expect(TableText.quoted(field) == expected)
    #expect(try TableText.csv([Row(name: field)]).contains("\r\n\(expected),1,,true\r\n"))
  }

  @Test func aListOfNumbersIsOneFieldOfCSV() throws {
    struct ListRow: TableRow {
      var name = "a"
      var list: [Double]?
      static let columns = ["name", "list"]
    }
    let text = try TableText.csv([ListRow(list: [1, -0.5]), ListRow(list: []), ListRow()])
    #expect(text == "name,list\r\na,1.0 -0.5\r\na,\r\na,\r\n")
  }

  @Test func jsonLinesAreAnObjectALine() throws {
    let text = try TableText.jsonLines([Row(name: "a\nb", share: 1), Row(name: "c")])
    #expect(
      text == """
        {"count":1,"flag":true,"name":"a\\nb","share":1}
        {"count":1,"flag":true,"name":"c"}

        """
    )
  }

  @Test func markdownShortensNumbersAndEscapesBars() throws {
    let text = try TableText.markdown([Row(name: "a|b", share: 0.123456), Row(name: "b", count: 12345)])
    #expect(
      text == [
        "| name | count | share | flag |", "| --- | ---: | ---: | --- |", "| a\\|b | 1 | 0.1235 | true |",
        "| b | 12345 |  | true |",
      ]
    )
  }

  @Test func significantDigits() {
    for (value, text) in [
      (0, "0"), (1234.5, "1,235"), (31.236, "31.24"), (0.95123, "0.9512"), (0.00123, "0.001230"),
      (-2.5, "-2.500"), (.nan, "-"),
    ] as [(Double, String)] {
      #expect(Quantities.significant(value) == text)
    }
  }
}

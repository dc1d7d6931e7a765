internal import CommandLineSupport
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
}

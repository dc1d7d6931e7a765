internal import Tables
internal import Testing

@Suite struct UnitTextTests {
  @Test func countsHaveUnits() {
    let range = 1...10_000_000
    #expect(UnitText.count("4096", in: range) == 4096)
    #expect(UnitText.count("32k", in: range) == 32_000)
    #expect(UnitText.count("32Ki", in: range) == 32_768)
    #expect(UnitText.count("1.5M", in: range) == 1_500_000)
    for text in ["", "k", "0", "-1", "1.5", "1e3", "11M", "1 k", "0x10", "nan", "inf"] {
      #expect(UnitText.count(text, in: range) == nil, "\(text)")
    }
    // As a floating-point number the largest integer is one more.
    #expect(UnitText.count("9223372036854775807", in: 0...Int.max) == nil)
  }

  @Test func sizesAreBytes() {
    #expect(UnitText.bytes("12GB") == 12_000_000_000)
    #expect(UnitText.bytes("12GiB") == 12 << 30)
    #expect(UnitText.bytes("900MB") == 900_000_000)
    #expect(UnitText.bytes("1.5Gi") == 3 << 29)
    #expect(UnitText.bytes("512M") == 512_000_000)
    #expect(UnitText.bytes("2TB") == 2_000_000_000_000)
    #expect(UnitText.bytes("4096") == 4096 && UnitText.bytes("4096B") == 4096)
    for text in ["", "B", "GB", "0", "-1GB", "12gb", "12 GB", "1e3", "2000TiB", "nan", "0.2"] {
      #expect(UnitText.bytes(text) == nil, "\(text)")
    }
  }

  @Test func bandwidthsAreBytesASecond() {
    #expect(UnitText.bytesPerSecond("10Gbit") == 1.25e9)
    #expect(UnitText.bytesPerSecond("100Mbit") == 12.5e6)
    #expect(UnitText.bytesPerSecond("2GB") == 2e9)
    for text in ["10", "10G", "0Gbit", "fast", "1e9GB"] {
      #expect(UnitText.bytesPerSecond(text) == nil, "\(text)")
    }
  }

  @Test func timesAreSeconds() throws {
    #expect(UnitText.seconds("10s") == 10)
    #expect(UnitText.seconds("2min") == 120)
    #expect(abs(try #require(UnitText.seconds("0.2ms")) - 0.0002) < 1e-12)
    for text in ["10", "s", "-1s", "100000000s", "1h"] { #expect(UnitText.seconds(text) == nil, "\(text)") }
  }

  @Test func listsHaveRangesAndDoublings() {
    let range = 1...65_536
    #expect(UnitText.counts("1,2,4", in: range) == [1, 2, 4])
    #expect(UnitText.counts("3-5,4,9", in: range) == [3, 4, 5, 9])
    #expect(UnitText.counts("1..16", in: range) == [1, 2, 4, 8, 16])
    #expect(UnitText.counts("3..10", in: range) == [3, 6, 10])
    #expect(UnitText.counts("1..1", in: range) == [1])
    #expect(UnitText.counts("1..4096", in: range)?.count == 13)
    for text in ["", ",", "1,", "4-1", "4..1", "1..", "0..4", "1..2..3", "70000", "1...4", "a"] {
      #expect(UnitText.counts(text, in: range) == nil, "\(text)")
    }
  }
}

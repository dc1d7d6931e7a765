internal import Cluster
internal import Testing

@Suite("Whether a worker's link is worth coding for")
struct LinkEstimateTests {
  private static let frame = 2 << 20
  private static let chunk = 23_592_960

  /// Computes a chunk in `compute` seconds and sends what is left of it over a link of `rate` bytes a second.
  private func send(
    _ link: inout LinkEstimate,
    from start: Double,
    compute: Double,
    rate: Double,
    frames: Int,
    lanes: Int = 1
  ) -> Double {
    var now = start
    for _ in 0..<frames {
      now += Double(Self.frame) / rate
      link.arrived(bytes: Self.frame, at: now)
    }
    let trailing = now - start
    link.completed(
      plainBytes: Self.chunk,
      computeSeconds: compute,
      trailingSeconds: trailing,
      lanes: lanes,
      at: now + 1e-4
    )
    return now + compute
  }

  @Test func nothingIsKnownAtFirst() {
    var link = LinkEstimate()
    #expect(link.load == nil && !link.prefersCoding)
    link.arrived(bytes: 1000, at: 1)
    #expect(link.load == nil)
    // A computation that took no time says nothing about the lanes.
    link.completed(plainBytes: 1000, computeSeconds: 0, trailingSeconds: 0.5, lanes: 1, at: 1.1)
    #expect(link.load == nil && !link.prefersCoding)
    link.completed(plainBytes: 1000, computeSeconds: 1, trailingSeconds: 0, lanes: 1, at: 1.2)
    #expect(link.load != nil)
  }

  @Test func aSlowLinkIsCodedFor() throws {
    var link = LinkEstimate()
    _ = send(&link, from: 100, compute: 0.6, rate: 12.5e6, frames: 9)
    #expect(abs(try #require(link.linkBytesPerSecond) / 12.5e6 - 1) < 0.01)
    #expect(abs(try #require(link.producedBytesPerSecond) / 39.3e6 - 1) < 0.01)
    #expect(link.prefersCoding)
  }

  @Test func aFastLinkIsNot() throws {
    var link = LinkEstimate()
    var now = 5.0
    for _ in 0..<10 { now = send(&link, from: now, compute: 0.6, rate: 1e9, frames: 1) }
    #expect(try #require(link.load) < 0.1)
    #expect(!link.prefersCoding)
  }

  @Test func allLanesShareTheLink() throws {
    var (one, eight) = (LinkEstimate(), LinkEstimate())
    _ = send(&one, from: 0, compute: 0.6, rate: 120e6, frames: 3)
    _ = send(&eight, from: 0, compute: 0.6, rate: 120e6, frames: 3, lanes: 8)
    #expect(!one.prefersCoding && eight.prefersCoding)
    #expect(abs(try #require(eight.load) - 8 * #require(one.load)) < 1e-6)
  }

  @Test func betweenTheLimitsThingsStayAsTheyAre() {
    // 39.3 MB a second are produced: 0.85 of this link.
    let middle = 46e6
    var plain = LinkEstimate()
    var now = send(&plain, from: 0, compute: 0.6, rate: middle, frames: 4)
    #expect(!plain.prefersCoding)
    var coded = LinkEstimate()
    now = send(&coded, from: 0, compute: 0.6, rate: 20e6, frames: 9)
    #expect(coded.prefersCoding)
    for _ in 0..<20 { now = send(&coded, from: now, compute: 0.6, rate: middle, frames: 4) }
    #expect(coded.prefersCoding)
    for _ in 0..<20 { now = send(&coded, from: now, compute: 0.6, rate: 100e6, frames: 4) }
    #expect(!coded.prefersCoding)
  }

  @Test func ratesAreRightBeyondWhatIsRemembered() throws {
    var link = LinkEstimate()
    _ = send(&link, from: 0, compute: 0.6, rate: 10e6, frames: 5000)
    #expect(abs(try #require(link.linkBytesPerSecond) / 10e6 - 1) < 0.01)
  }

  @Test(
    "Times that cannot be leave the estimate as it can be used",
    arguments: [0, -1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude] as [Double],
    [0, -1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude] as [Double]
  )
  func extremes(_ compute: Double, _ trailing: Double) {
    var link = LinkEstimate()
    for time in 0..<300 { link.arrived(bytes: .max, at: Double(time)) }
    link.arrived(bytes: .min, at: .nan)
    for _ in 0..<4 {
      link.completed(
        plainBytes: .max,
        computeSeconds: compute,
        trailingSeconds: trailing,
        lanes: .max,
        at: 300
      )
      link.completed(
        plainBytes: .min,
        computeSeconds: compute,
        trailingSeconds: trailing,
        lanes: .min,
        at: .nan
      )
    }
    #expect(link.load.map { !$0.isNaN } ?? true)
  }
}

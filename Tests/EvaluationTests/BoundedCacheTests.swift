internal import Evaluation
internal import Testing

/// The values that a cache keeps, and those that it drops.
@Suite struct BoundedCacheTests {
  @Test func whatWasUsedLongestAgoGoesFirst() {
    var cache = BoundedCache<String, Int>(capacity: 30)
    for (value, key) in ["a", "b", "c"].enumerated() { cache.insert(value, for: key, bytes: 10) }
    #expect(cache.value(of: "a") == 0)
    cache.insert(3, for: "d", bytes: 10)
    #expect(cache.value(of: "b") == nil)
    #expect(cache.value(of: "a") == 0)
    #expect(cache.bytes == 30)
  }

  @Test func aLargeValuePushesOutAsManyAsItNeeds() {
    var cache = BoundedCache<Int, Int>(capacity: 30)
    for key in 0..<3 { cache.insert(key, for: key, bytes: 10) }
    cache.insert(9, for: 9, bytes: 25)
    #expect(cache.count == 1)
    #expect(cache.bytes == 25)
    cache.insert(10, for: 10, bytes: 31)
    #expect(cache.value(of: 10) == nil)
    #expect(cache.value(of: 9) == 9)
  }

  @Test func aValueThatIsReplacedCountsOnce() {
    var cache = BoundedCache<Int, Int>(capacity: 30)
    cache.insert(1, for: 1, bytes: 20)
    cache.insert(2, for: 1, bytes: 15)
    #expect(cache.bytes == 15)
    #expect(cache.value(of: 1) == 2)
  }
}

internal import Testing
internal import Wire

struct WireProtocolTests {
  @Test func frameSizesAreAgreedWithinBounds() {
    #expect(WireProtocol.agreedFrameBytes(2 << 20, 1 << 20) == 1 << 20)
    #expect(WireProtocol.agreedFrameBytes(1 << 30, 1 << 30) == 8 << 20)
    #expect(WireProtocol.agreedFrameBytes((1 << 20) + 5, 2 << 20) == 1 << 20)
    #expect(WireProtocol.agreedFrameBytes(1000, 2 << 20) == nil)
    #expect(WireProtocol.agreedFrameBytes(-1, 2 << 20) == nil)
  }

  @Test(arguments: [Int.min, -1, 0, 4095, .max], [Int.min, -1, 0, 4095, .max])
  func frameSizesOfAnyNumbersAreAgreedOrNot(first: Int, second: Int) {
    if let bytes = WireProtocol.agreedFrameBytes(first, second) { #expect(WireProtocol.frameBytes ~= bytes) }
  }
}

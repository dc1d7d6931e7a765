internal import CKernels
internal import SeededRandom
internal import Testing
internal import Wire

@Suite("CRC-32C")
struct ChecksumTests {
  func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { Checksum.crc32c($0) }
  }

  @Test func hasTheValuesOfRFC3720() {
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum((0..<32).reversed()) == 0x113F_DB5C)
    #expect(checksum([]) == 0)
  }

  @Test func instructionAndTableAgreeAtEveryLengthAndAlignment() {
    var generator = SeededGenerator(seed: 1)
    let bytes = generator.bytes(400)
    bytes.withUnsafeBytes { all in
      for start in 0..<16 {
        for length in 0..<300 {
          let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
          let expected = braid_crc32c_portable(7, part.baseAddress, length)
          #expect(Checksum.crc32c(part, after: 7) == expected)
        }
      }
    }
  }

  @Test func longRunsAgreeWithTheTableAndAreCopied() {
    var generator = SeededGenerator(seed: 3)
    let bytes = generator.bytes(40_000)
    // Around multiples of the blocks that are computed in strips.
    for length in [0, 1, 3071, 3072, 3073, 6143, 6144, 6145, 18_433, 39_990] {
      for start in [0, 1, 7] {
        bytes.withUnsafeBytes { all in
          let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
          let expected = braid_crc32c_portable(0, part.baseAddress, length)
          #expect(Checksum.crc32c(part) == expected)
          var copy = [UInt8](repeating: 0xAA, count: length + 1)
          copy.withUnsafeMutableBytes { copy in
            let room = UnsafeMutableRawBufferPointer(rebasing: copy[..<length])
            #expect(Checksum.crc32c(part, copyingTo: room) == expected)
          }
          #expect(copy.dropLast().elementsEqual(part) && copy.last == 0xAA)
        }
      }
    }
    bytes.withUnsafeBytes { all in
      var short = [UInt8](repeating: 0, count: 9)
      let result = short.withUnsafeMutableBytes {
        Checksum.crc32c(UnsafeRawBufferPointer(rebasing: all[..<10]), copyingTo: $0)
      }
      #expect(result == nil && short.allSatisfy { $0 == 0 })
    }
  }

  @Test func isTheSameInParts() {
    var generator = SeededGenerator(seed: 2)
    let bytes = generator.bytes(1000)
    let whole = checksum(bytes)
    bytes.withUnsafeBytes { all in
      for cut in stride(from: 0, through: 1000, by: 37) {
        let head = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: all[..<cut]))
        #expect(Checksum.crc32c(UnsafeRawBufferPointer(rebasing: all[cut...]), after: head) == whole)
      }
    }
  }

  @Test func theDigestKnowsMissingMovedAndChangedFrames() {
    func digest(_ frames: [(UInt64, UInt32, UInt32)]) -> UInt32 {
      var digest = FrameDigest()
      for (offset, length, checksum) in frames {
        digest.add(offset: offset, length: length, checksum: checksum)
      }
      return digest.value
    }
    let whole = digest([(0, 8, 1), (8, 8, 2), (16, 4, 3)])
    #expect(whole == digest([(0, 8, 1), (8, 8, 2), (16, 4, 3)]))
    let others = [
      digest([]), digest([(0, 8, 1), (8, 8, 2)]), digest([(8, 8, 2), (0, 8, 1), (16, 4, 3)]),
      digest([(0, 8, 1), (8, 8, 2), (16, 4, 4)]), digest([(0, 8, 1), (8, 8, 2), (16, 5, 3)]),
      digest([(0, 8, 1), (8, 8, 2), (16, 4, 3), (16, 4, 3)]), digest([(0, 8, 2), (8, 8, 1), (16, 4, 3)]),
    ]
    for other in others { #expect(other != whole) }
    #expect(Set(others).count == others.count)
  }
}

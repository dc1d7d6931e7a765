internal import Addresses
internal import Coordinator
internal import Glibc
internal import KVFormat
internal import Wire
internal import Worker

/// Bytes whose every page identifies its place, so that a wrong one is found without a copy of the right
/// ones.
enum WirePattern {
  /// The bytes of one token: 32 KiB, close to those of small models.
  static let tokenBytes = 32 << 10
  /// The tokens of each chunk but the last.
  static let chunkTokens = 1024
  private static let pageBytes = 4096

  /// The identity of a model that does not exist, with 32 KiB a token.
  static var identity: ModelIdentity {
    ModelIdentity(
      modelSHA256: String(repeating: "00", count: 32),
      tokenizerSHA256: String(repeating: "00", count: 32),
      rope: RopeSettings(theta: 0, dimensions: 0, kind: "none"),
      kvType: .bf16,
      shape: shape
    )
  }

  private static let shape = KVShape(layers: 32, kvHeads: 4, headDimension: 64)

  /// Makes a job of at least this many bytes; the first token of each chunk is a number of its own.
  static func job(bytes: Int, number: Int) -> HubJob {
    let tokens = (bytes + tokenBytes - 1) / tokenBytes
    let chunks = stride(from: 0, to: tokens, by: chunkTokens).map { first in
      let seed = Int32(truncatingIfNeeded: (number << 16 | first / chunkTokens) & 0x7FFF_FFFF)
      return [seed] + [Int32](repeating: 0, count: min(chunkTokens, tokens - first) - 1)
    }
    let id = String(UInt128(1) << 126 | UInt128(number), radix: 16)
    return HubJob(id: id, sinkTokens: [], chunks: chunks, shape: shape)
  }

  /// Fills a block with bytes that are the same in every chunk.
  static func fill(_ block: UnsafeMutableRawBufferPointer) {
    for offset in stride(from: 0, to: block.count, by: 8) {
      block.storeBytes(of: word(at: offset), toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Writes the chunk's number and the page's into every page of a filled block.
  static func stamp(_ block: UnsafeMutableRawBufferPointer, tokens: [Int32]) {
    for offset in stride(from: 0, to: block.count, by: pageBytes) {
      block.storeBytes(of: mark(tokens, at: offset), toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Returns true if a block holds what ``fill(_:)`` and ``stamp(_:tokens:)`` have written.
  static func isIntact(_ block: UnsafeRawBufferPointer, tokens: [Int32]) -> Bool {
    guard block.count == tokens.count * tokenBytes else { return false }
    var difference: UInt64 = 0
    for page in stride(from: 0, to: block.count, by: pageBytes) {
      difference |= block.load(fromByteOffset: page, as: UInt64.self) ^ mark(tokens, at: page)
      for offset in stride(from: page + 8, to: page + pageBytes, by: 8) {
        difference |= block.load(fromByteOffset: offset, as: UInt64.self) ^ word(at: offset)
      }
    }
    return difference == 0
  }

  private static func word(at offset: Int) -> UInt64 { UInt64(offset) &* 0x9E37_79B9_7F4A_7C15 }

  private static func mark(_ tokens: [Int32], at offset: Int) -> UInt64 {
    UInt64(UInt32(bitPattern: tokens.first ?? 0)) << 32 | UInt64(truncatingIfNeeded: offset / pageBytes)
  }
}

/// An encoder whose bytes are ready at once.
///
/// A block is filled when it is first seen. After that only a word in each page changes.
final class InstantEncoder: LaneEncoder {
  private var filled: [UnsafeMutableRawPointer: Int] = [:]

  func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport {
    if let base = destination.baseAddress, filled[base, default: 0] < destination.count {
      WirePattern.fill(destination)
      filled[base] = destination.count
    }
    WirePattern.stamp(destination, tokens: assignment.tokens)
    ready(destination.count)
    return EncodeReport(computeSeconds: 0, sinkDigest: 0)
  }
}

extension WireBenchmark.Transport {
  /// The address at which a hub listens: a free port, or a name that no other process of this machine uses.
  var address: CoordinatorAddress {
    switch self {
    case .tcp, .direct: .freePort
    // The abstract namespace leaves no file behind.
    case .ipc: .abstract("braid-bench-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    case .inproc: .process("braid-bench-\(UInt64.random(in: 0 ... .max))")
    }
  }
}

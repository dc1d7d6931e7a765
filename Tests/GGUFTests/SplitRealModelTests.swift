internal import Foundation
internal import GGUF
internal import Memory
internal import TestSupport
internal import Testing

/// The test's model, taken apart.
@Suite struct SplitRealModelTests {
  /// Writes a model in parts as `llama-gguf-split` does: all metadata in the first, and tensors in all.
  private func split(_ file: GGUFFile, _ bytes: Data, parts: Int, into folder: URL) throws {
    let first = try #require(file.tensors.first)
    let pairs = try #require(bytes.firstRange(of: Data(GGUFWriter.string(first.name)))).lowerBound
    let share = file.tensors.count / parts + 1
    for index in 0..<parts {
      var writer = GGUFWriter()
      writer.metadata = [
        ("split.no", .fixed(2, UInt16(index))), ("split.count", .fixed(2, UInt16(parts))),
        ("split.tensors.count", .int32(Int32(file.tensors.count))),
      ]
      writer.tensors = try file.tensors.dropFirst(index * share).prefix(share).map { tensor in
        .init(
          name: tensor.name,
          type: tensor.type.rawValue,
          dimensions: tensor.dimensions.map { UInt64($0) },
          data: try content(tensor)
        )
      }
      if index == 0 {
        // The other pairs are taken over as they are, behind the header's 24 bytes.
        writer.declaredPairCount = UInt64(file.metadata.keys.count + 3)
        writer.copiedPairs = Array(bytes[24..<pairs])
      }
      let name = "m-0000\(index + 1)-of-0000\(parts).gguf"
      try Data(writer.bytes).write(to: folder.appendingPathComponent(name))
    }
  }

  private func content(_ tensor: GGUFTensor) throws -> [UInt8] {
    let buffer = try tensor.bytes()
    return withExtendedLifetime(buffer) { Array($0.bytes) }
  }

  @Test func partsHaveWhatTheWholeHas() throws {
    let path = try TestFiles.model()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("braid-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = try GGUFFile(path: path)
    try split(
      whole,
      Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped),
      parts: 3,
      into: folder
    )
    let parts = try GGUFFile(path: folder.appendingPathComponent("m-00002-of-00003.gguf").path)
    #expect(parts.partCount == 3)
    #expect(Set(whole.metadata.keys).isSubset(of: parts.metadata.keys))
    #expect(
      whole.metadata.strings("tokenizer.ggml.tokens") == parts.metadata.strings("tokenizer.ggml.tokens")
    )
    #expect(whole.tensors.map(\.name) == parts.tensors.map(\.name))
    for (one, other) in zip(whole.tensors, parts.tensors) {
      #expect(one.dimensions == other.dimensions && one.type == other.type)
      let areEqual = try content(one) == content(other)
      #expect(areEqual, "\(one.name)")
    }
  }
}

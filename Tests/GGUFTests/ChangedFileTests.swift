internal import Foundation
internal import GGUF
internal import TestSupport
internal import Testing

/// A model file that is written to while it is read.
@Suite struct ChangedFileTests {
  /// A file and where it is; the caller removes it.
  private func make() throws -> (path: String, file: GGUFFile) {
    var writer = GGUFWriter()
    writer.metadata = [("name", .string("x"))]
    writer.tensors = [
      .init(name: "t", type: 0, dimensions: [1024, 4], data: Array(repeating: 0, count: 16384))
    ]
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("braid-\(UUID().uuidString).gguf")
    try Data(writer.bytes).write(to: url)
    return (url.path, try GGUFFile(path: url.path))
  }

  private func expectChanged(_ error: GGUFError?, _ path: String) {
    #expect(error?.code == .changed)
    let message = error?.message ?? ""
    #expect(message.hasPrefix("the model file \(path) changed while it was being read"), "\(message)")
  }

  private func errorOfDigest(_ file: GGUFFile) -> GGUFError? {
    do throws(GGUFError) {
      try file.forEachPart { _ in }
      return nil
    } catch { return error }
  }

  @Test func aFileCutShortIsAnErrorWhereverItIsRead() throws {
    let (path, file) = try make()
    defer { unlink(path) }
    let tensor = try #require(file.tensor(named: "t"))
    #expect(throws: Never.self) { try file.checkUnchanged() }
    truncate(path, off_t(file.byteCount - 4096))
    expectChanged(#expect(throws: GGUFError.self) { try tensor.dequantised() }, path)
    expectChanged(errorOfDigest(file), path)
    expectChanged(#expect(throws: GGUFError.self) { try file.checkUnchanged() }, path)
    // The header is a copy.
    #expect(file.metadata.string("name") == "x")
  }

  @Test func aFileWrittenOverIsNoticed() throws {
    let (path, file) = try make()
    defer { unlink(path) }
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: 8000)
    try handle.write(contentsOf: Data([1]))
    try handle.close()
    let time = [timespec(tv_sec: 7, tv_nsec: 0), timespec(tv_sec: 7, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, time, 0) == 0)
    expectChanged(#expect(throws: GGUFError.self) { try file.checkUnchanged() }, path)
  }

  @Test func aHeaderLongerThanTheFirstPartIsRead() throws {
    var writer = GGUFWriter()
    // Longer than what is read at first, twice.
    writer.metadata = [("long", .string(String(repeating: "a", count: 18 << 20))), ("last", .uint32(7))]
    writer.tensors = [.init(name: "t", type: 0, dimensions: [2], data: Array(repeating: 0, count: 8))]
    let bytes = writer.bytes
    let file = try GGUFWriter.open(bytes)
    #expect(file.metadata.integer("last") == 7)
    #expect(try file.tensor(named: "t")?.dequantised() == [0, 0])
    #expect(throws: GGUFError.self) { try GGUFWriter.open(Array(bytes.prefix(17 << 20))) }
    #expect(throws: GGUFError.self) { try GGUFWriter.open(Array(bytes.dropLast())) }
  }
}

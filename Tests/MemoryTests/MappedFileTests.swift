internal import Glibc
internal import Memory
internal import Testing

@Suite("Mapped files")
struct MappedFileTests {
  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    var template = Array("/tmp/braid-mapped-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    try body(path)
  }

  @Test func theBytesAreThoseOfTheFileAndOutliveItsName() throws {
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var file: MappedFile?
    try withFile(bytes) { file = try MappedFile(path: $0) }
    let mapped = try #require(file)
    #expect(mapped.withBytes { Array($0) } == bytes)
  }

  @Test func whatIsNoFileIsRefused() throws {
    try withFile([]) { path in
      #expect(throws: FileError.empty) { try MappedFile(path: path) }
    }
    #expect(throws: FileError.directory) { try MappedFile(path: "/tmp") }
    #expect(throws: FileError.notRegular) { try MappedFile(path: "/dev/null") }
    #expect(throws: FileError.system(step: "open", reason: String(cString: strerror(ENOENT)))) {
      try MappedFile(path: "/tmp/braid-there-is-no-such-file")
    }
  }
}

internal import Glibc
internal import Memory
internal import Testing

@Suite("Files that are read")
struct RegularFileTests {
  private func withPath(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/braid-regular-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      unlink("\(folder)/file")
      rmdir(folder)
    }
    try body("\(folder)/file")
  }

  private func write(_ bytes: [UInt8], to path: String, flags: Int32 = O_TRUNC) {
    let descriptor = open(path, O_WRONLY | O_CREAT | flags, 0o600)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
  }

  private func bytes(_ file: RegularFile, _ range: Range<Int>) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    try result.withUnsafeMutableBytes { try file.read(into: $0, at: range.lowerBound) }
    return result
  }

  private func setTime(_ path: String, seconds: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: 5)
    #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
  }

  @Test func rangesAreReadAndAShorterFileIsAnError() throws {
    try withPath { path in
      write(Array(0..<200), to: path)
      let file = try RegularFile(path: path)
      #expect(file.byteCount == 200)
      #expect(try bytes(file, 150..<200) == Array(150..<200))
      #expect(throws: FileError.changed) { try bytes(file, 150..<201) }
      #expect(throws: FileError.changed) { try bytes(file, Int.max - 1..<Int.max) }
      truncate(path, 100)
      #expect(throws: FileError.changed) { try bytes(file, 50..<150) }
      #expect(throws: FileError.changed) { try file.checkUnchanged() }
    }
  }

  @Test func everyKindOfChangeIsNoticed() throws {
    try withPath { path in
      write([1, 2, 3], to: path)
      setTime(path, seconds: 1000)
      let changes: [(String, () -> Void)] = [
        ("longer", { write([1, 2, 3, 4], to: path) }), ("written over", { write([9], to: path, flags: 0) }),
        ("emptied and written again", { write([1, 2, 3, 4], to: path) }),
        ("of another time", { setTime(path, seconds: 3000) }), ("removed", { unlink(path) }),
      ]
      for (what, change) in changes {
        let file = try RegularFile(path: path)
        let mapping = try MappedFile(path: path)
        #expect(throws: Never.self) { try file.checkUnchanged() }
        #expect(throws: Never.self) { try mapping.checkUnchanged() }
        change()
        #expect(throws: FileError.changed, "\(what)") { try file.checkUnchanged() }
        if what == "removed" {
          // A mapping keeps its file.
          #expect(throws: Never.self) { try mapping.checkUnchanged() }
          #expect(mapping.bytes.count == 4)
        } else {
          #expect(throws: FileError.changed, "\(what)") { try mapping.checkUnchanged() }
          setTime(path, seconds: 2000)
        }
      }
      write([1, 2, 3], to: path)
      let file = try RegularFile(path: path)
      // Another file of the same size under the same name.
      write([1, 2, 3], to: path + "2")
      #expect(rename(path + "2", path) == 0)
      #expect(throws: FileError.changed) { try file.checkUnchanged() }
    }
  }

  @Test func aPipeIsRefusedAtOnce() throws {
    try withPath { path in
      try #require(mkfifo(path, 0o600) == 0)
      #expect(throws: FileError.notRegular) { try RegularFile(path: path) }
      #expect(throws: FileError.notRegular) { try MappedFile(path: path) }
    }
    #expect(throws: FileError.notRegular) { try RegularFile(path: "/dev/zero") }
    #expect(throws: FileError.directory) { try RegularFile(path: "/tmp") }
  }

  @Test func aSocketIsRefused() throws {
    try withPath { path in
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      try #require(bound == 0)
      #expect(throws: FileError.notRegular) { try RegularFile(path: path) }
    }
  }
}

internal import Glibc

/// The bytes of a file, mapped for reading.
///
/// The mapping is private and read-only. Another process that truncates the file while it is mapped ends this
/// one with SIGBUS: model files are replaced by renaming, not rewritten in place.
///
/// Sendable without checks because the pages are never written through this mapping and the only stored
/// properties are constants; the mapping lives as long as the object.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(GGUFError) {
    func failure(_ doing: String) -> GGUFError {
      GGUFError(.unreadable, "cannot \(doing) model file \(path): \(String(cString: strerror(errno)))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw GGUFError(.unreadable, "model file \(path) is a directory: name the .gguf file in it")
    default: throw GGUFError(.unreadable, "model file \(path) is not a regular file")
    }
    guard status.st_size > 0 else { throw GGUFError(.truncated, "model file \(path) is empty") }
    let count = Int(status.st_size)
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw failure("map")
    }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }
}

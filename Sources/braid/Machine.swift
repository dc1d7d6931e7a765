internal import Glibc
internal import NIOCore

/// The cores this process may use, as far as affinity and control groups allow.
func availableCores() -> Int { max(1, System.coreCount) }

/// The host's name up to the first dot.
func hostName() -> String {
  var bytes = [CChar](repeating: 0, count: 256)
  guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
  let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: name.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
}

/// The machine's memory in bytes.
func physicalMemory() -> Int {
  let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
  return pages > 0 && size > 0 ? pages * size : 4 << 30
}

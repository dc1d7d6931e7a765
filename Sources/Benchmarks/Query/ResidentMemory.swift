internal import Glibc

/// The memory of this process that is not swapped out.
enum ResidentMemory {
  /// Bytes at this moment; 0 if the system does not say.
  static var now: Int { value(of: "VmRSS:") }

  /// The most bytes since the process began; 0 if the system does not say.
  static var peak: Int { value(of: "VmHWM:") }

  private static func value(of key: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    guard let words = lines.first(where: { $0.hasPrefix(key) })?.split(whereSeparator: \.isWhitespace),
      words.count > 1, let kibibytes = Int(words[1])
    else { return 0 }
    return kibibytes * 1024
  }
}

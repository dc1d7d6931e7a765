internal import Glibc

/// The limits that the system sets to this process, read from its files.
package struct SystemLimits: Sendable {
  /// Reads a small file; nil when there is none or it cannot be read.
  package typealias Reader = @Sendable (String) -> String?

  let read: Reader
  private let groups: ControlGroups

  /// The limits of this process as they are now.
  package init() { self.init(read: readSmallFile) }

  /// Makes limits that are read in another way.
  ///
  /// - Parameter read: Reads a file by its path.
  package init(read: @escaping Reader) {
    self.read = read
    groups = ControlGroups(
      membership: read("/proc/self/cgroup") ?? "",
      mounts: read("/proc/self/mountinfo") ?? ""
    )
  }

  /// The processors that this process may use.
  ///
  /// - Parameters:
  ///   - machine: The processors that the machine has.
  ///   - allowed: The processors that the process may run on.
  /// - Returns: The number to count on and its reason.
  package func processors(machine: Int, allowed: Int) -> ProcessorAllowance {
    ProcessorAllowance(machine: machine, allowed: allowed, quota: quotas().min())
  }

  /// The quotas of all control groups on the way to the root, in processors.
  private func quotas() -> [Double] {
    groups.folders(of: .cpu).compactMap { folder in
      let words =
        folder.isUnified
        ? (read("\(folder.path)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
        : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap {
          read("\(folder.path)/\($0)")?.split(whereSeparator: \.isWhitespace).first
        }
      // Without a quota there is "max" or -1 in the first place.
      guard words.count == 2, let time = Double(words[0]), let period = Double(words[1]), time > 0,
        period > 0,
        time.isFinite, period.isFinite
      else { return nil }
      return time / period
    }
  }

  /// The memory that this process may still take.
  ///
  /// - Parameter budget: The bytes that it was given; nil where only the system limits it.
  /// - Returns: What is left of the limit that is reached first.
  package func memory(budget: Int? = nil) -> MemoryAllowance {
    let status = Self.table(read("/proc/self/status"))
    func taken(_ name: String) -> Int { Self.bytes(kibibytes: status[name]) ?? 0 }
    var shares: [MemoryAllowance.Share] = []
    let machine = Self.bytes(kibibytes: Self.table(read("/proc/meminfo"))["MemTotal"])
    // A machine that does not tell is taken for a small one.
    shares.append(.init(.machine, bytes: machine ?? 4 << 30, taken: taken("VmRSS")))
    for folder in groups.folders(of: .memory) {
      for file in folder.isUnified ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"] {
        guard let bytes = Self.number(read("\(folder.path)/\(file)")) else { continue }
        shares.append(.init(.controlGroup(file: file), bytes: bytes, taken: taken("VmRSS")))
      }
    }
    if let bytes = resourceLimit("Max address space") {
      shares.append(.init(.addressSpace, bytes: bytes, taken: taken("VmSize")))
    }
    if let bytes = resourceLimit("Max data size") {
      shares.append(.init(.data, bytes: bytes, taken: taken("VmData")))
    }
    if let budget { shares.append(.init(.budget, bytes: budget, taken: taken("VmRSS"))) }
    return MemoryAllowance(shares)
  }

  /// The most memory that this process has had at a time, in bytes, what is swapped out not counted; nil if the
  /// system does not tell.
  package func peakMemory() -> Int? {
    Self.bytes(kibibytes: Self.table(read("/proc/self/status"))["VmHWM"])
  }

  /// The limits on the number of threads.
  package func threads() -> ThreadLimits {
    let groupLimits = groups.folders(of: .pids).compactMap { Self.number(read("\($0.path)/pids.max")) }
    return ThreadLimits(processesOfUser: resourceLimit("Max processes"), controlGroup: groupLimits.min())
  }

  /// A soft limit of `/proc/self/limits`; nil for none.
  private func resourceLimit(_ name: String) -> Int? {
    let line = (read("/proc/self/limits") ?? "").split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return Self.number(line?.dropFirst(name.count).split(separator: " ").first.map(String.init))
  }

  /// The number that a file or a word begins with, the largest there is when it is larger; nil for anything
  /// else.
  private static func number(_ text: String?) -> Int? {
    guard let word = text?.split(whereSeparator: \.isWhitespace).first, !word.isEmpty,
      word.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(word) ?? .max
  }

  private static func bytes(kibibytes text: String?) -> Int? {
    guard let count = number(text) else { return nil }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: 1024)
    return overflows ? .max : bytes
  }

  /// Lines of a name, a colon and a value.
  private static func table(_ text: String?) -> [String: String] {
    var table: [String: String] = [:]
    for line in (text ?? "").split(separator: "\n") {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2 { table[String(pair[0])] = String(pair[1]) }
    }
    return table
  }
}

/// Reads at most the first 256 KiB of a file.
private func readSmallFile(_ path: String) -> String? {
  guard let file = fopen(path, "re") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 18)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes[..<count], as: UTF8.self)
}

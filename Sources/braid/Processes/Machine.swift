internal import CommandLineSupport
internal import Glibc
internal import Machine
internal import Tables
internal import Threads

/// The number of processors that this process may use, with the reason, as of the process's start.
let processorAllowance = SystemLimits().processors(
  machine: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
  allowed: allowedProcessors().count
)

/// Returns the number of processors that this process may use.
func availableCores() -> Int { processorAllowance.count }

/// Returns the memory that this process may still take, within `BRAID_MEMORY`.
func availableMemory() -> MemoryAllowance {
  // Loading a model has refused a variable that holds no size.
  SystemLimits().memory(budget: (try? Settings.current.memory(flag: nil)) ?? nil)
}

extension Console {
  /// Reports the number of lanes and of processors. If the process may use all processors of the machine,
  /// only verbose commands do so.
  ///
  /// - Parameters:
  ///   - workers: The number of worker processes.
  ///   - lanes: The number of lanes of each.
  func noteLanes(workers: Int, lanes: Int) {
    let start = workers > 1 ? "\(Quantities.counted(workers, "worker")) with " : ""
    let line =
      "\(start)\(Quantities.counted(lanes, "lane"))\(workers > 1 ? " each" : ""): \(processorAllowance)"
    if processorAllowance.limit == nil { detail(line) } else { note(line) }
  }
}

/// Returns the host's name up to the first dot.
func hostName() -> String {
  var bytes = [CChar](repeating: 0, count: 256)
  guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
  let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: name.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
}

/// The age of this process in seconds, to a hundredth; 0 when the system does not tell it.
func secondsSinceStart() -> Double {
  var now = timespec()
  let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
  guard let file = fopen("/proc/self/stat", "r") else { return 0 }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1024)
  let count = fread(&bytes, 1, bytes.count, file)
  // The program's name in parentheses may hold anything; the start is the 20th word after it.
  let text = String(decoding: bytes[..<count], as: UTF8.self)
  guard ticks > 0, clock_gettime(CLOCK_BOOTTIME, &now) == 0,
    let words = text.split(separator: ")").last?.split(separator: " "), words.count > 19,
    let start = Double(words[19])
  else { return 0 }
  return max(0, Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - start / ticks)
}

extension SystemLimits {
  /// The name that the processor gives itself, its words with single spaces between them; `unknown` without one.
  package func processorName() -> String {
    let line = (read("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last ?? "unknown"
    return name.split(separator: " ").joined(separator: " ")
  }
}

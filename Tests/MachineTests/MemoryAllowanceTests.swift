internal import Machine
internal import Testing

@Suite("Memory that may be taken")
struct MemoryAllowanceTests {
  private static let gibibyte = 1 << 30

  private func memory(_ files: [String: String], budget: Int? = nil) -> MemoryAllowance {
    var all = [
      "/proc/meminfo": "MemTotal:       25165824 kB\nMemFree:        1 kB\n",
      "/proc/self/status": "Name:\tbraid\nVmSize:\t 2097152 kB\nVmRSS:\t 1048576 kB\nVmData:\t 524288 kB\n",
      "/proc/self/limits": Self.limits(),
    ]
    all.merge(files) { $1 }
    return SystemLimits(read: { [all] in all[$0] }).memory(budget: budget)
  }

  private static func limits(data: String = "unlimited", space: String = "unlimited") -> String {
    """
    Limit                     Soft Limit           Hard Limit           Units
    Max data size             \(data)            unlimited            bytes
    Max processes             95733                95733                processes
    Max address space         \(space)            unlimited            bytes
    """
  }

  @Test("Without limits it is the machine's memory less what the process has")
  func machine() {
    #expect(memory([:]).left == 23 * Self.gibibyte)
    #expect(memory([:]).limit == .machine)
    #expect(memory(["/proc/meminfo": ""]).left == 3 * Self.gibibyte)
  }

  @Test("A control group's limit holds, also that of one above, of both versions")
  func groups() {
    var files = Fixture.unified
    files["/sys/fs/cgroup/user.slice/job.scope/memory.max"] = "max\n"
    #expect(memory(files).limit == .machine)
    files["/sys/fs/cgroup/user.slice/memory.max"] = "4294967296\n"
    #expect(memory(files).left == 3 * Self.gibibyte)
    #expect(memory(files).total == 4 * Self.gibibyte)
    #expect(memory(files).limit == .controlGroup(file: "memory.max"))
    files["/sys/fs/cgroup/user.slice/job.scope/memory.high"] = "2147483648\n"
    #expect(memory(files).left == Self.gibibyte)
    #expect(memory(files).limit.description.contains("memory.high"))

    files = Fixture.versionOne
    files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
    #expect(memory(files).limit == .machine)
    files["/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes"] = "3221225472\n"
    #expect(memory(files).left == 2 * Self.gibibyte)
  }

  @Test("Limits of address space and data hold, less what the process has of each")
  func resources() {
    let space = memory(["/proc/self/limits": Self.limits(space: "4294967296")])
    #expect(space.left == 2 * Self.gibibyte)
    #expect(space.limit == .addressSpace)
    let data = memory(["/proc/self/limits": Self.limits(data: "1073741824", space: "4294967296")])
    #expect(data.left == Self.gibibyte / 2)
    #expect(data.limit == .data)
    #expect(memory(["/proc/self/limits": Self.limits(space: "5")]).left == 0)
  }

  @Test("A budget is a limit like the others, less what the process has")
  func budget() {
    let small = memory([:], budget: 3 * Self.gibibyte)
    #expect(small.left == 2 * Self.gibibyte)
    #expect(small.limit == .budget && small.limit.description.contains("--memory"))
    #expect(memory([:], budget: 100 * Self.gibibyte).limit == .machine)
    #expect(memory([:], budget: 5).left == 0)
  }

  @Test("Limits of each process by itself do not hold for several together")
  func together() {
    let space = memory(["/proc/self/limits": Self.limits(space: "4294967296")], budget: 9 * Self.gibibyte)
    #expect(space.left == 2 * Self.gibibyte)
    #expect(space.together.left == 8 * Self.gibibyte)
    #expect(space.together.limit == .budget)
  }

  @Test("The peak is read from the process's status")
  func peak() {
    let limits = SystemLimits(read: { $0 == "/proc/self/status" ? "VmHWM:\t   2048 kB\n" : nil })
    #expect(limits.peakMemory() == 2 << 20)
    #expect(SystemLimits(read: { _ in nil }).peakMemory() == nil)
  }

  @Test(
    "Numbers beyond all bounds are no trap",
    arguments: ["18446744073709551615", "99999999999999999999999", "-5", "x"]
  )
  func large(_ number: String) {
    var files = Fixture.unified
    files["/sys/fs/cgroup/memory.max"] = number
    files["/proc/meminfo"] = "MemTotal: \(number) kB"
    files["/proc/self/status"] = "VmRSS: \(number) kB\nVmSize: \(number) kB"
    files["/proc/self/limits"] = Self.limits(data: number, space: number)
    #expect(memory(files).left >= 0)
  }
}

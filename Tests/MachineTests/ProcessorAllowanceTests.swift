internal import Machine
internal import Testing

@Suite("Processors that may be used")
struct ProcessorAllowanceTests {
  @Test(
    "Affinity and quotas count, in whole processors and at least one",
    arguments: [
      (64, 64, nil, 64, "64 processors"), (64, 2, nil, 2, "2 of 64 processors, by affinity"),
      (1, 1, nil, 1, "1 processor"), (2, 2, 1, 1, "1 of 2 processors, by a control group's quota of 1.0"),
      (2, 2, 1.5, 1, "1 of 2 processors, by a control group's quota of 1.5"),
      (8, 8, 0.25, 1, "1 of 8 processors, by a control group's quota of 0.25"),
      (8, 2, 4, 2, "2 of 8 processors, by affinity"),
      (8, 4, 2, 2, "2 of 8 processors, by a control group's quota of 2.0"),
      (2, 2, 2, 2, "2 processors"), (2, 2, 1e300, 2, "2 processors"), (0, 0, nil, 1, "1 processor"),
    ] as [(Int, Int, Double?, Int, String)]
  )
  func counts(_ machine: Int, _ allowed: Int, _ quota: Double?, _ count: Int, _ text: String) {
    let allowance = ProcessorAllowance(machine: machine, allowed: allowed, quota: quota)
    #expect(allowance.count == count)
    #expect(allowance.description == text)
  }

  private func count(_ files: [String: String], machine: Int = 8, allowed: Int = 8) -> Int {
    SystemLimits(read: { files[$0] }).processors(machine: machine, allowed: allowed).count
  }

  @Test("Of version 2 the least quota on the way to the root holds")
  func unified() {
    var files = Fixture.unified
    #expect(count(files) == 8)
    files["/sys/fs/cgroup/user.slice/job.scope/cpu.max"] = "400000 100000\n"
    #expect(count(files) == 4)
    files["/sys/fs/cgroup/user.slice/cpu.max"] = "150000 50000\n"
    #expect(count(files) == 3)
    files["/sys/fs/cgroup/cpu.max"] = "max 100000\n"
    #expect(count(files) == 3)
    #expect(count(files, allowed: 2) == 2)
  }

  @Test("Of version 1 the least quota on the way to the root holds")
  func versionOne() {
    var files = Fixture.versionOne
    #expect(count(files) == 8)
    files["/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_quota_us"] = "-1\n"
    files["/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_period_us"] = "100000\n"
    #expect(count(files) == 8)
    files["/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us"] = "250000\n"
    files["/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us"] = "100000\n"
    #expect(count(files) == 2)
  }

  @Test("A container sees its own group as the root")
  func container() {
    var files = Fixture.container
    files["/sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "100000"
    files["/sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "100000"
    #expect(count(files) == 1)
    // The path of a group outside of what can be seen.
    files["/proc/self/cgroup"] = "3:cpu:/elsewhere\n"
    #expect(count(files) == 1)
    files["/proc/self/cgroup"] = "3:cpu:/../sibling\n"
    #expect(count(files) == 1)
  }

  @Test(
    "What cannot be read limits nothing",
    arguments: ["", "max", "x y", "0 0", "-1 100000", "1 2 3", "nan 1", "inf 1"]
  )
  func nonsense(_ text: String) {
    var files = Fixture.unified
    files["/sys/fs/cgroup/cpu.max"] = text
    #expect(count(files) == 8)
    #expect(count(["/proc/self/cgroup": text, "/proc/self/mountinfo": text]) == 8)
  }
}

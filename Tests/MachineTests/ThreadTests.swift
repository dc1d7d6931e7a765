internal import Machine
internal import Testing

@Suite("Threads that can be started")
struct ThreadTests {
  @Test("Needs add up, without overflow")
  func needs() {
    let client = ThreadNeed.waiting(processors: 2)
    #expect(client.withEventLoops(2).own == client.own + 2)
    #expect(client.computing(3).own == client.own + 3)
    #expect(client.withMessaging(machine: 2).own > client.own + 13, "libnng 1.5.2 has 13 on two processors")
    #expect(client.withMessaging(machine: .max).own == client.withMessaging(machine: 64).own)
    let worker = ThreadNeed(own: 9)
    #expect(client.starting(3, each: worker) == ThreadNeed(own: client.own, elsewhere: 30))
    #expect(client.starting(.max, each: ThreadNeed(own: .max)).total == .max)
    #expect(client.computing(.max).total == .max)
  }

  @Test("A shortage names the need, the limits and the remedy")
  func shortage() throws {
    let limits = ThreadLimits(processesOfUser: 20, controlGroup: nil)
    #expect(ThreadShortage(need: ThreadNeed(own: 12), startable: 12, limits: limits) == nil)
    let shortage = try #require(
      ThreadShortage(need: ThreadNeed(own: 12, elsewhere: 10), startable: 11, limits: limits)
    )
    for word in ["22 threads", "starts 11 more", "ulimit -u is 20", "raise the limit"] {
      #expect(shortage.message.contains(word), "\(shortage)")
    }
    #expect(!shortage.message.contains("pids.max"))
    let both = ThreadLimits(processesOfUser: 20, controlGroup: 30)
    #expect(try said(both).contains("pids.max of the control group is 30"))
    let neither = ThreadLimits(processesOfUser: nil, controlGroup: nil)
    #expect(try said(neither).contains("ulimit -v"))
  }

  private func said(_ limits: ThreadLimits) throws -> String {
    try #require(ThreadShortage(need: ThreadNeed(own: 2), startable: 1, limits: limits)).message
  }

  @Test("Limits are read from the files that have them")
  func limits() {
    var files = Fixture.versionOne
    files["/proc/self/limits"] =
      "Max processes             unlimited            95733                processes\n"
    #expect(read(files) == ThreadLimits(processesOfUser: nil, controlGroup: nil))
    files["/proc/self/limits"] = "Max processes             64            95733                processes\n"
    files["/sys/fs/cgroup/pids/jobs/7/pids.max"] = "max\n"
    files["/sys/fs/cgroup/pids/jobs/pids.max"] = "32\n"
    #expect(read(files) == ThreadLimits(processesOfUser: 64, controlGroup: 32))
  }

  private func read(_ files: [String: String]) -> ThreadLimits { SystemLimits(read: { files[$0] }).threads() }

  @Test("A probe starts what is asked for and ends it again")
  func probe() {
    #expect(ThreadProbe.startable(ThreadNeed(own: 8, elsewhere: 8)) == 16)
    #expect(ThreadProbe.startable(ThreadNeed(own: 0)) == 0)
    #expect(
      ThreadProbe.startable(ThreadNeed(own: 1, elsewhere: .max)) == .max,
      "more than a thousand are not tried"
    )
  }

  @Test("The limits of this process can be read")
  func own() {
    let memory = SystemLimits().memory()
    #expect(memory.left > 1 << 20 && memory.left <= memory.total)
  }
}

internal import CommandLineSupport
internal import Glibc
internal import Subprocess
internal import SystemPackage
internal import Testing

extension ProcessTests {
  @Suite("What the machine allows")
  struct MachineTests {
    /// Runs a line of bash, in which `$braid` is the program and `$model` the model.
    private func shell(
      _ line: String,
      environment: [Environment.Key: String?] = [:]
    ) async throws -> (exit: CommandExit?, output: String, errors: String) {
      var variables: [Environment.Key: String?] = [
        "braid": try Fixtures.program(), "model": try Fixtures.model(), "BRAID_LANES": nil,
        "BRAID_COMPUTE": nil,
        "BRAID_MODEL": nil,
      ]
      variables.merge(environment) { $1 }
      let run = try await Subprocess.run(
        .name("timeout"),
        arguments: Arguments(["60", "bash", "-c", line]),
        environment: .inherit.updating(variables),
        output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20)
      )
      guard case .exited(let code) = run.terminationStatus else {
        return (nil, "", "\(run.terminationStatus)")
      }
      return (CommandExit(rawValue: code), run.standardOutput, run.standardError)
    }

    @Test("Bound to one processor, it has one lane and says why")
    func affinity() async throws {
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", try Fixtures.excerpt(characters: 600))
        let run = try await shell("taskset -c 0 \"$braid\" run \(path) --model \"$model\"")
        #expect(run.exit == .done, "\(run.errors)")
        if sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 {
          #expect(run.errors.contains(#/1 lane: 1 of \d+ processors, by affinity/#), "\(run.errors)")
        }
      }
    }

    @Test("A document that never fits into the allowed memory is refused with both numbers")
    func memory() async throws {
      try await TemporaryFolder.with { folder in
        let path = "\(folder.path)/a.txt"
        // The limit is close above what the program takes by itself, so that a small document suffices.
        let run = try await shell(
          """
          need=$(( $(stat -c %s "$model") / 1024 + 1800000 ))
          head -c 3000000 /dev/urandom | base64 -w 60 > \(path)
          ulimit -v $need; "$braid" run \(path) --model "$model" --lanes 1 --no-pin
          """
        )
        #expect(run.exit == .badInput, "\(run.errors)")
        #expect(run.errors.contains(#/needs \d+ bytes of KV cache, and \d+ are all/#), "\(run.errors)")
        #expect(run.errors.contains("ulimit -v"), "\(run.errors)")
        #expect(!run.errors.contains("delete"), "\(run.errors)")
      }
    }

    @Test(
      "With too few threads it ends at once with a sentence, and help needs none",
      arguments: [1, 2, 6, 12, 20]
    )
    func threads(_ count: Int) async throws {
      // The limit does not hold for root, so a user is taken that runs nothing else.
      let asUser = geteuid() == 0 ? "setpriv --reuid=\(61_000 + count) --clear-groups " : ""
      try await TemporaryFolder.with { folder in
        _ = chmod(folder.path, 0o755)
        let prepared = "cd \(folder.path) && cp \"$braid\" b && chmod 755 b && "
        let limited = "prlimit --nproc=\(count) \(asUser)./b"
        let worker = try await shell(
          prepared + "\(asUser.isEmpty ? "" : "exec ")\(limited) worker --model /dev/null --lanes 2"
        )
        #expect(worker.exit == .failed, "\(worker.exit as Any) \(worker.errors)")
        #expect(
          worker.errors.contains(#/^braid: This needs \d+ threads and the system starts \d+ more/#),
          "\(worker.errors)"
        )
        #expect(worker.errors.contains("ulimit -u is \(count)"), "\(worker.errors)")
        let help = try await shell(prepared + "\(limited) --version")
        #expect(help.exit == .done && !help.output.isEmpty, "\(help.errors)")
      }
    }

    @Test(
      "Output to a full device is told in the system's words",
      arguments: [
        "--help", "--version", "worker --help", "help run", "model info --no-measurement \"$model\"",
      ]
    )
    func fullDevice(_ arguments: String) async throws {
      let run = try await shell("exec \"$braid\" \(arguments) > /dev/full")
      #expect(run.exit == .failed)
      #expect(run.errors == "braid: Cannot write to standard output: No space left on device.\n")
    }

    @Test("A coordinator that cannot print its addresses says so, and says them")
    func fullDeviceOfACoordinator() async throws {
      let arguments = [
        "coordinator", "--listen", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0", "--model",
        try Fixtures.model(),
      ]
      let run = try await BraidProcess.with(arguments, after: "exec > /dev/full") { process async throws in
        #expect(try await eventually { process.errors.contains("HTTP at http://127.0.0.1:") })
      }
      #expect(run.outcome.exit == .interrupted, "\(run.outcome.errors)")
      #expect(run.outcome.errors.contains("Cannot write to standard output: No space left on device."))
    }

    @Test("Closed standard streams are not taken for files that are opened later")
    func closedStreams() async throws {
      let run = try await shell("exec \"$braid\" model info --no-measurement \"$model\" <&- >&-")
      #expect(run.exit == .failed)
      #expect(run.errors == "braid: Standard output was closed.\n")
    }

    @Test("Names that are no UTF-8 are read, written and shown")
    func names() async throws {
      try await TemporaryFolder.with { folder in
        _ = try folder.file("a.txt", try Fixtures.excerpt(characters: 600))
        let run = try await shell(
          #"""
          cd \#(folder.path) && mv a.txt $'b\xe4r.txt' && ln -s "$model" $'m\xf6.gguf'
          "$braid" run $'b\xe4r.txt' --model $'m\xf6.gguf' --workers 2 --lanes 1 && rm $'b\xe4r.txt'
          "$braid" run $'k\xe4s.txt' --model $'m\xf6.gguf'; echo "$?"
          BRAID_MODEL=$'m\xf6.gguf' "$braid" model info --no-measurement; rm $'m\xf6.gguf'
          """#
        )
        #expect(run.errors.contains("encoded"), "\(run.errors)")
        #expect(run.errors.contains(#"Cannot read k\xe4s.txt: No such file"#), "\(run.errors)")
        #expect(run.output.hasPrefix("3\n"), "\(run.output) \(run.errors)")
        #expect(run.output.contains(#"m\xf6.gguf"#), "\(run.output)")
        #expect(run.exit == .done)
      }
    }

    @Test("Workers of this machine compute the coordinator's sink", arguments: ["AVX2", "ALL"])
    func sink(_ instructions: String) async throws {
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", try Fixtures.excerpt(characters: 1200))
        let run = try await shell(
          "\"$braid\" run \(path) --model \"$model\" --workers 2 --lanes 1 --compute f32 --verbose",
          environment: ["ONEDNN_MAX_CPU_ISA": instructions]
        )
        #expect(run.exit == .done, "\(run.errors)")
        #expect(!run.errors.contains("differ"), "\(run.errors)")
      }
    }
  }
}

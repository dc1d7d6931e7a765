internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("Progress")
struct ProgressTests {
  private func progress(
    chunksDone: Int = 12,
    rate: Double = 812,
    left: Double? = 71,
    workers: Int = 2,
    retries: Int = 0
  ) -> EncodeProgress {
    EncodeProgress(
      chunksDone: chunksDone,
      chunks: 70,
      tokensDone: chunksDone * 1000,
      tokens: 70_000,
      tokensPerSecond: rate,
      secondsLeft: left,
      workers: workers,
      retries: retries
    )
  }

  @Test("A log line says all in words")
  func plain() {
    #expect(
      ProgressText.plain(progress())
        == "encoding: 12 of 70 chunks (17 %), 1:11 left, 812 tokens/s, 2 workers"
    )
    #expect(
      ProgressText.plain(progress(chunksDone: 0, rate: 0, left: nil, workers: 0))
        == "encoding: 0 of 70 chunks (0 %), waiting for workers"
    )
    #expect(ProgressText.plain(progress(workers: 1, retries: 3)).hasSuffix("1 worker, 3 repeated"))
  }

  @Test(
    "A bar drops what does not fit, the least important first",
    arguments: [
      (100, "[######----------------------------------] 12/70 chunks  1:11 left  812 tokens/s  2 workers"),
      (70, "[###---------------] 12/70 chunks  1:11 left  812 tokens/s  2 workers"),
      (60, "[###----------------] 12/70 chunks  1:11 left  812 tokens/s"),
      (45, "[###---------------] 12/70 chunks  1:11 left"),
      (30, "[##------------] 12/70 chunks"),
      (20, "12/70 chunks"), (8, "12/70 c"), (0, ""),
    ]
  )
  func bar(_ width: Int, _ text: String) {
    let bar = ProgressText.bar(progress(), width: width, colour: false)
    #expect(bar == text)
    #expect(bar.count <= max(0, width - 1))
  }

  @Test(
    "Numbers that no coordinator should send do no harm",
    arguments: [Int.min, -1, 0, 1, .max],
    [Int.min, 0, 1, .max]
  )
  func extremes(_ done: Int, _ all: Int) {
    let progress = EncodeProgress(
      chunksDone: done,
      chunks: all,
      tokensDone: done,
      tokens: all,
      tokensPerSecond: .greatestFiniteMagnitude,
      secondsLeft: -.greatestFiniteMagnitude,
      workers: done,
      retries: all
    )
    #expect(ProgressText.plain(progress).contains(done > 0 && all > 0 && done >= all ? "(100 %)" : "(0 %)"))
    for width in [0, 40, 200] {
      #expect(ProgressText.bar(progress, width: width, colour: false).count <= max(0, width - 1))
    }
  }

  @Test("A bar never grows beyond the terminal and fills up", arguments: 0...120)
  func width(_ width: Int) {
    for done in [0, 1, 35, 69, 70] {
      #expect(
        ProgressText.bar(progress(chunksDone: done, retries: 5), width: width, colour: false).count
          <= max(0, width - 1)
      )
    }
  }

  @Test("A full bar is full; only a terminal in colour gets escapes")
  func full() {
    let plain = ProgressText.bar(progress(chunksDone: 70), width: 40, colour: false)
    #expect(plain.hasPrefix("[####"))
    #expect(!plain.contains("-]") && !plain.contains("\u{1B}"))
    #expect(ProgressText.bar(progress(), width: 40, colour: true).contains("\u{1B}[36m##"))
  }

  @Test("Progress is shown at once, then at the pace, and at the end")
  func pacing() {
    var pacer = ProgressPacer(interval: .seconds(3))
    let states = [
      (0, 0, true), (0, 9, false), (1, 10, true), (2, 11, false), (1, 15, false), (3, 15, true),
      (70, 16, true),
      (70, 20, false),
    ]
    for (chunks, second, isShown) in states {
      let shows = pacer.shows(progress(chunksDone: chunks), at: .seconds(second))
      #expect(shows == isShown, "\(chunks) chunks at \(second) s")
    }
  }
}

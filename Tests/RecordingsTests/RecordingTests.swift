internal import KVFormat
internal import Recordings
internal import Testing
internal import Wire
internal import Worker

@Suite("Recorded chunks")
struct RecordingTests {
  @Test func whatIsRecordedIsFoundAgain() throws {
    try RecordingFixture.with { fixture in
      let short = RecordingFixture.assignment(tokens: 5)
      let long = RecordingFixture.assignment(tokens: 70, seed: 3)
      // The same tokens with summaries are other chunks.
      let sketched = RecordingFixture.assignment(tokens: 5, summary: .sketch, summaryByteCount: 77)
      let full = RecordingFixture.assignment(tokens: 5, summary: .all, summaryByteCount: 90_000)
      try fixture.record([short, long, sketched, full])
      let library = try fixture.library()
      #expect(library.model == RecordingFixture.model)
      #expect(library.chunks.count == 4)
      for assignment in [short, long, sketched, full] {
        let chunk = try library.chunk(for: assignment, orStandIn: false)
        #expect(chunk.recording.assignment == assignment)
        #expect(chunk.recording.report == EncodeReport(computeSeconds: 0.4, sinkDigest: 99))
        #expect(chunk.recording.layers.map(\.seconds) == [0.1, 0.2, 0.4])
        #expect(chunk.withBytes { Array($0) } == RecordingFixture.bytes(of: assignment))
        #expect(chunk.withBytes { chunk.recording.isSummaryIntact(in: $0) })
      }
    }
  }

  @Test func whatWasNotRecordedIsNamedOrHasAStandInOfItsLength() throws {
    try RecordingFixture.with { fixture in
      try fixture.record([RecordingFixture.assignment(tokens: 5)])
      let library = try fixture.library()
      let other = RecordingFixture.assignment(tokens: 5, seed: 1)
      #expect(throws: RecordingError.self) { try library.chunk(for: other, orStandIn: false) }
      #expect(try library.chunk(for: other, orStandIn: true).recording.assignment.tokens.first == 0)
      #expect(throws: RecordingError.noneOfLength(tokens: 6)) {
        try library.chunk(for: RecordingFixture.assignment(tokens: 6), orStandIn: true)
      }
      // A summary that was not recorded cannot be sent.
      let sketched = RecordingFixture.assignment(tokens: 5, summary: .sketch, summaryByteCount: 64)
      #expect(throws: RecordingError.noneOfLength(tokens: 5)) {
        try library.chunk(for: sketched, orStandIn: true)
      }
      #expect(throws: RecordingError.self) { try library.chunk(for: sketched, orStandIn: false) }
      do throws(RecordingError) {
        _ = try library.chunk(for: other, orStandIn: false)
      } catch {
        #expect(error.message.contains("was not recorded"))
        #expect(error.message.contains("--replay-any") && error.message.contains("--summaries"))
      }
    }
  }

  @Test func aStandInHasTheSameKindOfSummary() throws {
    try RecordingFixture.with { fixture in
      func assignment(_ seed: Int32, _ summary: SummaryContent, _ bytes: Int) -> ChunkAssignment {
        RecordingFixture.assignment(tokens: 5, seed: seed, summary: summary, summaryByteCount: bytes)
      }
      let recorded = [assignment(0, .sketch, 64), assignment(1, .all, 64), assignment(2, .all, 128)]
      try fixture.record(recorded)
      let library = try fixture.library()
      for chunk in recorded {
        let other = assignment(9, chunk.summary, chunk.summaryByteCount)
        #expect(try library.chunk(for: other, orStandIn: true).recording.assignment == chunk)
      }
      #expect(throws: RecordingError.noneOfLength(tokens: 5)) {
        try library.chunk(for: assignment(9, .sketch, 128), orStandIn: true)
      }
    }
  }

  /// Every single part that determines the bytes changes the key, also where lists are cut elsewhere.
  @Test func theKeyCoversAllThatDeterminesAChunk() throws {
    let model = RecordingFixture.digest(RecordingFixture.model.digestContent)
    func chunk(
      _ sink: [Int32],
      _ lead: [Int32],
      _ tokens: [Int32],
      _ base: Int,
      _ summary: SummaryContent = .none,
      _ summaryByteCount: Int = 0
    ) -> [UInt8] {
      let assignment = ChunkAssignment(
        sinkTokens: sink,
        leadTokens: lead,
        tokens: tokens,
        positionBase: base,
        kvByteCount: 1,
        summary: summary,
        summaryByteCount: summaryByteCount
      )
      return ChunkRecording.keyContent(of: assignment, model: model)
    }
    var contents = [
      chunk([1], [2], [3, 4], 2), chunk([1, 2], [], [3, 4], 2), chunk([1], [2, 3], [4], 2),
      chunk([5], [2], [3, 4], 2), chunk([1], [5], [3, 4], 2), chunk([1], [2], [3, 5], 2),
      chunk([1], [2], [3, 4], 3), chunk([1], [2], [3, 4], 2, .sketch, 64),
      chunk([1], [2], [3, 4], 2, .all, 64), chunk([1], [2], [3, 4], 2, .all, 65),
    ]
    var models = [RecordingFixture.model.digestContent]
    let changes: [(inout ModelIdentity) -> Void] = [
      { $0.modelSHA256 = "x" }, { $0.tokenizerSHA256 = "x" }, { $0.rope.theta = 1 },
      { $0.rope.dimensions = 1 }, { $0.rope.kind = "x" }, { $0.rope.scalingHash = "x" },
      { $0.kvType = .f32 }, { $0.shape.layers = 1 }, { $0.shape.kvHeads = 2 },
      { $0.shape.headDimension = 1 },
    ]
    for change in changes {
      var identity = RecordingFixture.identity
      change(&identity)
      models.append(RecordedModel(identity: identity, compute: .bf16).digestContent)
    }
    models.append(RecordedModel(identity: RecordingFixture.identity, compute: .int8).digestContent)
    #expect(Set(models).count == changes.count + 2)
    let assignment = RecordingFixture.assignment(tokens: 4)
    contents += models.map { ChunkRecording.keyContent(of: assignment, model: RecordingFixture.digest($0)) }
    #expect(Set(contents).count == contents.count)
  }

  /// A byte of the file, and what the error says once it is changed.
  @Test(arguments: [
    (0, "does not begin as one"), (8, "version"), (13, "does not fit"), (20, "checksum of its header"),
    (100, "checksum of its header"), (4095, "checksum of its header"), (4096, "layer 0"), (6000, "layer 2"),
    (6399, "layer 2"), (6400, "the summary"), (6499, "the summary"),
  ])
  func aChangedByteIsFoundOut(offset: Int, reason: String) throws {
    try RecordingFixture.with { fixture in
      try fixture.record([
        RecordingFixture.assignment(tokens: 3, summary: .sketch, summaryByteCount: 100)
      ])
      try fixture.change(try fixture.file()) { $0[offset] ^= 0x40 }
      do {
        _ = try fixture.library()
        Issue.record("byte \(offset) was not missed")
      } catch let error as RecordingError {
        #expect(error.message.contains(reason), "\(offset): \(error)")
      }
    }
  }

  @Test(arguments: [0, 1, 12, 15, 16, 200, 4095, 4096, 4097, 6399])
  func aShortFileIsFoundOut(count: Int) throws {
    try RecordingFixture.with { fixture in
      try fixture.record([RecordingFixture.assignment(tokens: 3)])
      try fixture.change(try fixture.file()) { bytes in
        #expect(bytes.count == 4096 + 3 * 768)
        bytes.removeLast(bytes.count - count)
      }
      #expect(throws: RecordingError.self) { try fixture.library() }
    }
  }

  /// Version 1 had no summaries, and other numbers where they are said to be now.
  @Test func aFileOfAnotherVersionIsNamed() throws {
    try RecordingFixture.with { fixture in
      try fixture.record([RecordingFixture.assignment(tokens: 3)])
      let chunk = try fixture.file()
      for file in [chunk, "\(fixture.path)/model"] {
        try fixture.change(file) { $0[8] = 1 }
        #expect(throws: RecordingError.version(path: file, found: 1)) { try fixture.library() }
        try fixture.change(file) { $0[8] = UInt8(ChunkRecording.version) }
      }
      #expect(try fixture.library().chunks.count == 1)
    }
  }

  @Test func bytesOfAnotherNumberAreNotRecorded() throws {
    try RecordingFixture.with { fixture in
      let folder = try RecordingFolder(
        path: fixture.path,
        model: RecordingFixture.model,
        digest: RecordingFixture.digest
      )
      let assignment = RecordingFixture.assignment(tokens: 3, summary: .all, summaryByteCount: 64)
      let bytes = RecordingFixture.bytes(of: assignment)
      for count in [0, assignment.kvByteCount, bytes.count - 1] {
        #expect(throws: RecordingError.self) {
          try bytes.withUnsafeBytes { bytes in
            try folder.write(
              assignment,
              bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]),
              report: EncodeReport(computeSeconds: 0, sinkDigest: 0),
              layerSeconds: [0, 0, 0]
            )
          }
        }
      }
    }
  }

  @Test func aLongerFileIsFoundOut() throws {
    try RecordingFixture.with { fixture in
      try fixture.record([RecordingFixture.assignment(tokens: 3)])
      try fixture.change(try fixture.file()) { $0.append(0) }
      #expect(throws: RecordingError.self) { try fixture.library() }
    }
  }

  @Test func aFolderBelongsToOneModelAndArithmetic() throws {
    try RecordingFixture.with { fixture in
      let chunk = RecordingFixture.assignment(tokens: 3)
      try fixture.record([chunk])
      let other = RecordedModel(identity: RecordingFixture.identity, compute: .int8)
      #expect(throws: RecordingError.self) { try fixture.record([chunk], model: other) }
      // A file that was put there from another folder.
      try RecordingFixture.with { second in
        try second.record([RecordingFixture.assignment(tokens: 4)], model: other)
        let file = try second.file()
        var bytes: [UInt8] = []
        try second.change(file) { bytes = $0 }
        try fixture.change(try fixture.file()) { $0 = bytes }
        do {
          _ = try fixture.library()
          Issue.record("the other model was not noticed")
        } catch let error as RecordingError {
          #expect(error.message.contains("another model"), "\(error)")
        }
      }
    }
  }

  @Test func anEmptyFolderAndADamagedModelAreFoundOut() throws {
    try RecordingFixture.with { fixture in
      #expect(throws: RecordingError.self) { try fixture.library() }
      try fixture.record([])
      #expect(throws: RecordingError.empty(path: fixture.path)) { try fixture.library() }
      for offset in [0, 9, 13, 17, 30] {
        try fixture.change("\(fixture.path)/model") { $0[offset] ^= 1 }
        #expect(throws: RecordingError.self, "byte \(offset)") { try fixture.library() }
        try fixture.change("\(fixture.path)/model") { $0[offset] ^= 1 }
      }
      #expect(throws: RecordingError.empty(path: fixture.path)) { try fixture.library() }
    }
  }

  private final class Encoder: LaneEncoder {
    func encode(
      _ assignment: ChunkAssignment,
      into destination: UnsafeMutableRawBufferPointer,
      ready: (Int) -> Void,
      isCancelled: () -> Bool
    ) throws -> EncodeReport {
      destination.copyBytes(from: RecordingFixture.bytes(of: assignment))
      ready(assignment.kvByteCount / 3)
      // Two layers at once, as an encoder may.
      ready(destination.count)
      return EncodeReport(computeSeconds: 1.5, sinkDigest: 4)
    }
  }

  @Test func anEncoderIsRecordedLayerByLayer() throws {
    try RecordingFixture.with { fixture in
      let folder = try RecordingFolder(
        path: fixture.path,
        model: RecordingFixture.model,
        digest: RecordingFixture.digest
      )
      let encoder = RecordingEncoder(Encoder(), into: folder)
      let assignment = RecordingFixture.assignment(tokens: 9, summary: .sketch, summaryByteCount: 5000)
      var memory = [UInt8](repeating: 0, count: assignment.byteCount)
      var marks: [Int] = []
      let report = try memory.withUnsafeMutableBytes { memory in
        try encoder.encode(assignment, into: memory, ready: { marks.append($0) }, isCancelled: { false })
      }
      #expect(marks == [assignment.kvByteCount / 3, memory.count])
      let chunk = try fixture.library().chunk(for: assignment, orStandIn: false)
      #expect(chunk.recording.report == report)
      #expect(chunk.withBytes { Array($0) } == memory)
      let seconds = chunk.recording.layers.map(\.seconds)
      #expect(seconds.count == 3 && seconds == seconds.sorted() && seconds[1] == seconds[2])
    }
  }

  @Test func theScheduleHasTheRecordedTimesAndAllBytes() throws {
    let assignment = RecordingFixture.assignment(tokens: 2, summary: .all, summaryByteCount: 500)
    let third = assignment.kvByteCount / 3
    let recording = ChunkRecording(
      key: ContentDigest.zero,
      model: ContentDigest.zero,
      assignment: assignment,
      report: EncodeReport(computeSeconds: 0.5, sinkDigest: 1),
      layers: [0.125, 0.25, 0.5].map { ChunkRecording.Layer(seconds: $0, byteCount: third, checksum: 0) }
    )
    let real = ReplaySchedule(recording, factor: 1)
    #expect(real.marks.map(\.readyBytes) == [third, third * 2, third * 3 + 500])
    #expect(real.marks.map(\.time) == [.milliseconds(125), .milliseconds(250), .milliseconds(500)])
    #expect(real.report.computeSeconds == 0.5)
    let double = ReplaySchedule(recording, factor: 2)
    #expect(double.marks.map(\.time) == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    #expect(double.report.computeSeconds == 1)
    let none = ReplaySchedule(recording, factor: 0)
    #expect(none.marks.allSatisfy { $0.time == .zero } && none.report.computeSeconds == 0)
  }

  /// The header says what it likes: its times are numbers, and more is not known.
  @Test(
    arguments: [1e10, 1e300, .greatestFiniteMagnitude] as [Double],
    [1, 1e300, .greatestFiniteMagnitude, .infinity, .nan] as [Double]
  )
  func timesBeyondAllClocksAreCut(seconds: Double, factor: Double) {
    let recording = ChunkRecording(
      key: .zero,
      model: .zero,
      assignment: RecordingFixture.assignment(tokens: 4),
      report: EncodeReport(computeSeconds: seconds, sinkDigest: 1),
      layers: [
        .init(seconds: 0, byteCount: 0, checksum: 0), .init(seconds: seconds, byteCount: 0, checksum: 0),
      ]
    )
    let schedule = ReplaySchedule(recording, factor: factor)
    #expect(schedule.marks.map(\.time) == [.zero, .seconds(1e9)])
    #expect(schedule.report.computeSeconds == 1e9)
  }
}

internal import Glibc
internal import Recordings
internal import Testing
internal import Worker

/// Recordings that are written to while they are mapped.
@Suite struct ChangedRecordingTests {
  @Test(arguments: [0, 100]) func aFileCutShortIsNoticedBeforeItIsRead(_ byteCount: Int) throws {
    try RecordingFixture.with { fixture in
      let assignment = RecordingFixture.assignment(tokens: 40)
      try fixture.record([assignment])
      let chunk = try fixture.library().chunk(for: assignment, orStandIn: false)
      #expect(throws: Never.self) { try chunk.checkUnchanged() }
      let file = try fixture.file()
      #expect(truncate(file, off_t(byteCount)) == 0)
      #expect(throws: RecordingError.changed(path: file)) { try chunk.checkUnchanged() }
      #expect(RecordingError.changed(path: file).message.contains("\(file) changed while"))
    }
  }

  @Test func aFileThatIsGoneStaysMapped() throws {
    try RecordingFixture.with { fixture in
      let assignment = RecordingFixture.assignment(tokens: 40)
      try fixture.record([assignment])
      let chunk = try fixture.library().chunk(for: assignment, orStandIn: false)
      unlink(try fixture.file())
      #expect(throws: Never.self) { try chunk.checkUnchanged() }
      #expect(chunk.withBytes { Array($0) } == RecordingFixture.bytes(of: assignment))
    }
  }
}

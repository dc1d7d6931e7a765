internal import Recordings
internal import Runtime
internal import Testing
internal import Worker

@Suite struct RecordingsTests {
  /// The examples of the standard.
  @Test func digestsAreThoseOfSHA256() {
    #expect(
      ContentDigest.sha256([]).description
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    #expect(
      ContentDigest.sha256(Array("abc".utf8)).description
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
  }
}

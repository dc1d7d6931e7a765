internal import Foundation
internal import GGUF
internal import TestSupport
internal import Testing

/// A model of three tensors in three parts, in a folder of its own.
private struct SplitModel {
  let folder: URL
  /// What each part has in it; a part that is nil is not written.
  var parts: [GGUFWriter?]

  init() {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("braid-\(UUID().uuidString)")
    parts = (0..<3).map { index in
      var writer = GGUFWriter()
      writer.metadata = [
        ("split.no", .fixed(2, UInt16(index))), ("split.count", .fixed(2, UInt16(3))),
        ("split.tensors.count", .int32(3)),
      ]
      if index == 0 { writer.metadata.append(("general.architecture", .string("llama"))) }
      let value = Float(index + 1)
      writer.tensors = [
        .init(
          name: "t\(index)",
          type: 0,
          dimensions: [4],
          data: (0..<4).flatMap { _ in GGUFWriter.bytes(value.bitPattern) }
        )
      ]
      return writer
    }
  }

  func path(_ number: Int, of count: Int = 3) -> String {
    "\(folder.path)/m-0000\(number)-of-0000\(count).gguf"
  }

  /// Writes the parts and does something with them.
  func with<Result>(_ body: () throws -> Result) throws -> Result {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (index, part) in parts.enumerated() {
      guard let part else { continue }
      try Data(part.bytes).write(to: URL(fileURLWithPath: path(index + 1)))
    }
    return try body()
  }

  /// The message of opening a part, which must fail with a code.
  func message(_ code: GGUFError.Code, opening number: Int = 1) throws -> String {
    try with {
      do throws(GGUFError) {
        _ = try GGUFFile(path: path(number))
        Issue.record("no error was thrown, \(code) expected")
        return ""
      } catch {
        #expect(error.code == code, "\(error)")
        return error.message
      }
    }
  }

  /// Sets a value in a part's metadata.
  mutating func set(_ part: Int, _ key: String, _ value: GGUFWriter.Value?) {
    parts[part - 1]?.metadata.removeAll { $0.key == key }
    if let value { parts[part - 1]?.metadata.append((key, value)) }
  }
}

@Suite struct SplitFileTests {
  @Test(arguments: 1...3) func anyPartOpensTheWholeModel(_ number: Int) throws {
    let model = SplitModel()
    try model.with {
      let file = try GGUFFile(path: model.path(number))
      #expect(file.partCount == 3)
      #expect(file.metadata.string("general.architecture") == "llama")
      #expect(file.metadata.integer("split.no") == 0)
      #expect(file.tensors.map(\.name) == ["t0", "t1", "t2"])
      #expect(
        try file.tensors.map { try $0.dequantised() } == [1, 2, 3].map { Array(repeating: $0, count: 4) }
      )
      #expect(try file.tensor(named: "t2")?.dequantised() == [3, 3, 3, 3])
      #expect(throws: Never.self) { try file.checkUnchanged() }
      var all: [UInt8] = []
      try file.forEachPart { all += $0 }
      #expect(all == model.parts.flatMap { $0?.bytes ?? [] })
      #expect(file.byteCount == all.count)
    }
  }

  @Test func aFirstPartMayHaveNoTensors() throws {
    var model = SplitModel()
    model.parts[0]?.tensors = []
    for part in 1...3 { model.set(part, "split.tensors.count", .int32(2)) }
    try model.with {
      let file = try GGUFFile(path: model.path(1))
      #expect(file.tensors.map(\.name) == ["t1", "t2"])
    }
    // The total may be left out, in all parts alike.
    for part in 1...3 { model.set(part, "split.tensors.count", nil) }
    try model.with {
      let file = try GGUFFile(path: model.path(2))
      #expect(file.tensors.count == 2)
    }
  }

  @Test func everyMissingPartIsNamed() throws {
    var model = SplitModel()
    model.parts[0] = nil
    let one = try model.message(.unreadable, opening: 2)
    #expect(one.contains(model.path(2)) && one.contains("not in its folder: m-00001-of-00003.gguf"), "\(one)")
    #expect(!one.contains("m-00003-of-00003.gguf"))
    model.parts = [SplitModel().parts[0], nil, nil]
    let two = try model.message(.unreadable)
    #expect(two.hasSuffix("m-00002-of-00003.gguf to m-00003-of-00003.gguf"), "\(two)")
  }

  @Test func aChangeOfAnyPartIsNoticed() throws {
    let model = SplitModel()
    try model.with {
      let file = try GGUFFile(path: model.path(1))
      truncate(model.path(3), 64)
      let error = #expect(throws: GGUFError.self) { try file.checkUnchanged() }
      #expect(error?.code == .changed)
      #expect(error?.message.contains(model.path(3)) == true)
      #expect(throws: GGUFError.self) { try file.tensor(named: "t2")?.dequantised() }
      #expect(try file.tensor(named: "t1")?.dequantised() == [2, 2, 2, 2])
    }
  }

  @Test func partsOfDifferentModelsAreRefused() throws {
    func message(_ change: (inout SplitModel) -> Void) throws -> String {
      var model = SplitModel()
      change(&model)
      let message = try model.message(.malformed)
      #expect(message.contains("different models"), "\(message)")
      return message
    }
    #expect(try message { $0.set(2, "split.count", .fixed(2, UInt16(4))) }.contains("part 2 of 4"))
    #expect(try message { $0.set(2, "split.no", .fixed(2, UInt16(2))) }.contains("part 3 of 3"))
    let whole = try message { model in
      for key in ["split.count", "split.tensors.count"] { model.set(2, key, nil) }
    }
    #expect(whole.contains("no part of a split model"))
    #expect(try message { $0.parts[2]?.tensors[0].name = "t0" }.contains("its tensor t0 is in"))
    #expect(try message { $0.parts[2]?.tensors = [] }.contains("declares 3 tensors, and its 3 parts have 2"))
    #expect(try message { $0.set(3, "split.tensors.count", .int32(9)) }.contains("is 9, not 3"))
    #expect(try message { $0.set(3, "split.tensors.count", nil) }.contains("is none, not 3"))
    #expect(
      try message { $0.set(3, "general.architecture", .string("qwen2")) }.contains("is qwen2, not llama")
    )
    #expect(try message { $0.set(3, "general.name", .string("other")) }.contains("is other, not none"))
  }

  @Test func numbersThatCannotBeAreRefused() throws {
    for value in [.uint64(.max), .uint32(100_000), .int32(-1), .string("3"), .float32(3)]
      as [GGUFWriter.Value]
    {
      var model = SplitModel()
      model.set(1, "split.count", value)
      #expect(try model.message(.malformed).contains("split.count"))
      model = SplitModel()
      model.set(1, "split.no", value)
      #expect(try model.message(.malformed).contains("split.no"))
    }
    for value in [.uint64(.max), .int32(-1), .string("3")] as [GGUFWriter.Value] {
      var model = SplitModel()
      model.set(1, "split.tensors.count", value)
      #expect(try model.message(.malformed).contains("split.tensors.count"))
    }
    var model = SplitModel()
    model.set(1, "split.no", nil)
    #expect(try model.message(.malformed).contains("does not tell which (split.no)"))
  }

  @Test func namesMustAgreeWithTheMetadata() throws {
    var model = SplitModel()
    model.set(1, "split.no", .fixed(2, UInt16(1)))
    let other = try model.message(.malformed)
    #expect(other.contains("part 2 of 3") && other.contains("part 1 of 3") && other.contains(model.path(1)))
    try model.with {
      let path = "\(model.folder.path)/renamed.gguf"
      try FileManager.default.moveItem(atPath: model.path(3), toPath: path)
      let error = #expect(throws: GGUFError.self) { try GGUFFile(path: path) }
      #expect(error?.message.contains("part 3 of 3") == true, "\(error?.message ?? "")")
      #expect(error?.message.contains(path) == true)
    }
  }

  @Test func aWholeFileMayCallItselfTheOnlyPart() throws {
    var writer = GGUFWriter()
    writer.tensors = [.init(name: "t", type: 0, dimensions: [1], data: [0, 0, 0, 0])]
    for count in [0, 1] as [UInt16] {
      writer.metadata = [("split.count", .fixed(2, count)), ("split.tensors.count", .int32(1))]
      #expect(try writer.open().partCount == 1)
    }
    writer.metadata = [("split.tensors.count", .int32(4000))]
    let error = #expect(throws: GGUFError.self) { try writer.open() }
    #expect(error?.message.contains("1 of the 4000 tensors") == true, "\(error?.message ?? "")")
  }

  @Test func manyMissingPartsAreNotAllNamed() throws {
    var model = SplitModel()
    model.set(1, "split.count", .uint32(99_999))
    model.parts = [model.parts[0], nil, nil]
    try model.with {
      let path = "\(model.folder.path)/m-00001-of-99999.gguf"
      try FileManager.default.moveItem(atPath: model.path(1), toPath: path)
      for number in stride(from: 3, through: 81, by: 2) {
        let name = "m-000\(number < 10 ? "0" : "")\(number)-of-99999.gguf"
        try Data([0]).write(to: model.folder.appendingPathComponent(name))
      }
      let error = #expect(throws: GGUFError.self) { try GGUFFile(path: path) }
      let message = error?.message ?? ""
      #expect(message.contains("m-00002-of-99999.gguf, m-00004-of-99999.gguf"), "\(message)")
      // 99,998 others, 40 of which are there; 32 are named.
      #expect(message.hasSuffix(" and 99926 more"), "\(message.suffix(60))")
    }
  }
}

internal import Foundation
internal import GGUF
internal import TestSupport
internal import Testing

/// A file with all metadata types and two tensors, the last of which ends with the file.
private func sample() -> GGUFWriter {
  var writer = GGUFWriter()
  writer.metadata = [
    ("general.architecture", .string("llama")),
    ("u8", .uint8(200)), ("i8", .int8(-100)), ("u16", .uint16(60_000)), ("i16", .int16(-30_000)),
    ("u32", .uint32(4_000_000_000)), ("i32", .int32(-2_000_000_000)), ("f32", .float32(1.5)),
    ("yes", .bool(true)),
    ("u64", .uint64(.max)), ("i64", .int64(.min)), ("f64", .float64(0.1)),
    ("strings", .array(of: 8, [.string("a"), .string(""), .string("Ġthe")])),
    ("integers", .array(of: 5, [.int32(-1), .int32(7)])),
    ("floats", .array(of: 6, [.float32(0.5), .float32(-2)])),
    ("bools", .array(of: 7, [.bool(true), .bool(false)])),
    ("empty", .array(of: 8, [])),
    ("nested", .array(of: 9, [.array(of: 0, [.uint8(1)]), .array(of: 8, [.string("x"), .string("y")])])),
  ]
  writer.tensors = [
    .init(
      name: "one",
      type: 0,
      dimensions: [3],
      data: [1, 2, 3].flatMap { GGUFWriter.bytes(Float($0).bitPattern) }
    ),
    .init(name: "two", type: 8, dimensions: [32, 2], data: Array(repeating: 1, count: 68)),
  ]
  return writer
}

/// Runs a body that must throw a ``GGUFError`` of a code, and returns its message.
@discardableResult
private func expectError(_ code: GGUFError.Code, _ body: () throws -> GGUFFile) -> String {
  do {
    _ = try body()
    Issue.record("no error was thrown, \(code) expected")
    return ""
  } catch let error as GGUFError {
    #expect(error.code == code, "\(error)")
    return error.message
  } catch {
    Issue.record("\(error) is not a GGUFError")
    return ""
  }
}

@Suite struct GGUFFileTests {
  @Test(arguments: [2, 3] as [UInt32]) func readsAllMetadataTypes(version: UInt32) throws {
    var writer = sample()
    writer.version = version
    let file = try writer.open()
    let metadata = file.metadata
    #expect(file.version == version)
    #expect(metadata.keys.count == 18)
    #expect(metadata.keys.first == "general.architecture")
    #expect(metadata.string("general.architecture") == "llama")
    #expect(metadata.unsigned("u8") == 200)
    #expect(metadata.integer("i8") == -100)
    #expect(metadata.unsigned("u16") == 60_000)
    #expect(metadata.integer("i16") == -30_000)
    #expect(metadata.integer("u32") == 4_000_000_000)
    #expect(metadata.integer("i32") == -2_000_000_000)
    #expect(metadata.unsigned("i32") == nil)
    #expect(metadata.double("f32") == 1.5)
    #expect(metadata.double("u8") == 200)
    #expect(metadata.bool("yes") == true)
    #expect(metadata.unsigned("u64") == .max)
    #expect(metadata.integer("u64") == nil)
    #expect(metadata.integer("i64") == .min)
    #expect(metadata.double("f64") == 0.1)
    #expect(metadata.strings("strings") == ["a", "", "Ġthe"])
    #expect(metadata.integers("integers") == [-1, 7])
    #expect(metadata.floats("floats") == [0.5, -2])
    #expect(metadata["bools"]?.bools == [true, false])
    #expect(metadata.strings("empty") == [])
    let nested = try #require(metadata["nested"]?.elements)
    #expect(nested.count == 2)
    #expect(nested[0].integers == [1])
    #expect(nested[1].strings == ["x", "y"])
    #expect(metadata.string("u8") == nil)
    #expect(metadata.string("absent") == nil)
    #expect(metadata.missing("absent", expected: "a string").message.contains("no metadata key absent"))
    #expect(metadata.missing("u8", expected: "a string").message.contains("200 (uint8), not a string"))
  }

  @Test func readsTensors() throws {
    let file = try sample().open()
    #expect(file.tensors.map(\.name) == ["one", "two"])
    let one = try #require(file.tensor(named: "one"))
    #expect(one.dimensions == [3])
    #expect(try one.dequantised() == [1, 2, 3])
    let two = try #require(file.tensor(named: "two"))
    #expect(two.type == .q8_0)
    #expect(two.rowLength == 32)
    #expect(two.rowCount == 2)
    #expect(two.elementCount == 64)
    #expect(two.byteCount == 68)
    #expect(file.tensor(named: "three") == nil)
    var count = 0
    try file.forEachPart { count += $0.count }
    #expect(count == file.byteCount)
  }

  @Test func honoursTheAlignment() throws {
    var writer = sample()
    writer.alignment = 256
    writer.metadata.append(("general.alignment", .uint32(256)))
    #expect(try writer.open().tensor(named: "one")?.dequantised() == [1, 2, 3])
    writer.metadata.removeLast()
    for wrong in [.uint32(0), .uint32(24), .uint64(1 << 31), .string("32")] as [GGUFWriter.Value] {
      var writer = sample()
      writer.metadata.append(("general.alignment", wrong))
      #expect(throws: GGUFError.self) { try writer.open() }
    }
  }

  @Test func refusesTruncationAtEveryByte() {
    let bytes = sample().bytes
    for count in 0..<bytes.count {
      #expect(throws: GGUFError.self, "cut to \(count) of \(bytes.count)") {
        try GGUFWriter.open(Array(bytes.prefix(count)))
      }
    }
  }

  @Test func survivesRandomBytes() throws {
    let bytes = sample().bytes
    var random = SystemRandomNumberGenerator()
    var opened = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard let file = try? GGUFWriter.open(damaged) else { continue }
      opened += 1
      for key in file.metadata.keys {
        _ = file.metadata[key]?.description
        _ = file.metadata[key]?.elements
        _ = file.metadata.strings(key)
        _ = file.metadata.integers(key)
        _ = file.metadata.floats(key)
      }
      for tensor in file.tensors { #expect(try tensor.dequantised().count == tensor.elementCount) }
    }
    #expect(opened > 0)
  }
}

@Suite struct GGUFErrorTests {
  @Test func namesWhatCannotBeOpened() {
    #expect(expectError(.unreadable) { try GGUFFile(path: "/nowhere/m.gguf") }.contains("/nowhere/m.gguf"))
    #expect(expectError(.unreadable) { try GGUFFile(path: "/tmp") }.contains("directory"))
    expectError(.unreadable) { try GGUFFile(path: "/dev/null") }
    expectError(.truncated) { try GGUFWriter.open([]) }
    expectError(.notGGUF) { try GGUFWriter.open(Array("PK\u{3}\u{4} and more".utf8)) }
  }

  @Test func refusesOtherVersions() {
    for (version, word) in [(1, "version 1"), (4, "version 4"), (3 << 24, "big-endian")] as [(UInt32, String)]
    {
      var writer = sample()
      writer.version = version
      #expect(expectError(.unsupportedVersion) { try writer.open() }.contains(word))
    }
  }

  @Test func refusesDuplicates() {
    var writer = sample()
    writer.metadata.append(("u8", .uint8(1)))
    #expect(expectError(.malformed) { try writer.open() }.contains("u8 appears twice"))
    writer = sample()
    writer.tensors[1].name = "one"
    #expect(expectError(.malformed) { try writer.open() }.contains("one appears twice"))
  }

  @Test func refusesUnknownTypes() {
    var writer = sample()
    writer.tensors[1].type = 10
    #expect(expectError(.unsupportedType) { try writer.open() }.contains("Q2_K (10)"))
    writer.tensors[1].type = 99
    #expect(expectError(.unsupportedType) { try writer.open() }.contains("number 99"))
    writer = sample()
    writer.metadata.append(("odd", .init(type: 13, bytes: [0, 0, 0, 0])))
    #expect(expectError(.unsupportedType) { try writer.open() }.contains("value type 13"))
  }

  @Test func refusesCountsBeyondTheFile() {
    for count in [1000, 1 << 40, UInt64.max] {
      var writer = sample()
      writer.declaredTensorCount = count
      expectError(.truncated) { try writer.open() }
      writer = sample()
      writer.declaredPairCount = count
      expectError(.truncated) { try writer.open() }
      writer = sample()
      writer.metadata.append(("long", .init(type: 8, bytes: GGUFWriter.bytes(count))))
      expectError(.truncated) { try writer.open() }
      writer = sample()
      let lengths = GGUFWriter.bytes(UInt32(10)) + GGUFWriter.bytes(count)
      writer.metadata.append(("long", .init(type: 9, bytes: lengths)))
      expectError(.truncated) { try writer.open() }
    }
  }

  @Test func refusesBadShapesAndPlaces() {
    func tensor(_ change: (inout GGUFWriter.Tensor) -> Void) -> GGUFWriter {
      var writer = sample()
      change(&writer.tensors[1])
      return writer
    }
    for dimensions in [[], [1, 1, 1, 1, 1], [0, 2], [33, 2], [1 << 63, 2], [1 << 32, 1 << 32]] as [[UInt64]] {
      expectError(.malformed) { try tensor { $0.dimensions = dimensions }.open() }
    }
    expectError(.truncated) { try tensor { $0.dimensions = [1 << 40, 1 << 20] }.open() }
    expectError(.truncated) { try tensor { $0.dimensions = [32, 3] }.open() }
    expectError(.malformed) { try tensor { $0.declaredOffset = 8 }.open() }
    expectError(.truncated) { try tensor { $0.declaredOffset = 1 << 63 }.open() }
    expectError(.truncated) { try tensor { $0.declaredOffset = UInt64.max - 31 }.open() }
    expectError(.malformed) { try tensor { $0.name = "" }.open() }
  }

  @Test func refusesDeepNestingAndWrongBooleans() {
    var value = GGUFWriter.Value.array(of: 0, [.uint8(1)])
    for _ in 0..<3 { value = .array(of: 9, [value]) }
    var writer = sample()
    writer.metadata.append(("deep", value))
    #expect(throws: Never.self) { try writer.open() }
    writer.metadata.append(("deeper", .array(of: 9, [value])))
    #expect(expectError(.malformed) { try writer.open() }.contains("deep"))
    writer = sample()
    writer.metadata.append(("truth", .init(type: 7, bytes: [2])))
    expectError(.malformed) { try writer.open() }
  }

  @Test func refusesRowsAndRoomThatAreNotThere() throws {
    let tensor = try #require(try sample().open().tensor(named: "two"))
    var floats = [Float](repeating: 0, count: 64)
    floats.withUnsafeMutableBufferPointer { buffer in
      #expect(throws: GGUFError.self) { try tensor.dequantise(into: buffer, rows: 0..<3) }
      #expect(throws: GGUFError.self) { try tensor.dequantise(into: buffer, rows: -1..<1) }
      let half = UnsafeMutableBufferPointer(rebasing: buffer[..<63])
      #expect(throws: GGUFError.self) { try tensor.dequantise(into: half, rows: 0..<2) }
      #expect(throws: Never.self) { try tensor.dequantise(into: half, rows: 1..<2) }
    }
  }
}

/// The bytes of the test's model with small changes, for files that a model's writer could have made.
struct EditedModel {
  private var bytes: [UInt8]
  private let byteCount: Int

  /// A size beyond the end of the header of the test's model.
  private static let headerByteCount = 4 << 20

  /// Reads the model.
  init() throws {
    bytes = try Fixtures.read(try Fixtures.model())
    byteCount = bytes.count
  }

  /// The bytes of a part of a split model that has no tensors; the first part is number 0.
  static func part(_ index: UInt32, of count: UInt32) -> [UInt8] {
    let pairs = [("split.no", index), ("split.count", count)]
    return Array("GGUF".utf8) + number(UInt32(3)) + number(UInt64(0)) + number(UInt64(pairs.count))
      + pairs.flatMap { string($0.0) + number(UInt32(4)) + number($0.1) }
  }

  /// The whole file.
  var all: [UInt8] { bytes }

  /// The part of the file that all checks without arithmetic read. The rest may be a hole.
  var header: ArraySlice<UInt8> { bytes.prefix(Self.headerByteCount) }

  /// The size of the whole file.
  var size: Int { bytes.count }

  /// Replaces the first occurrence of a text by another of the same length.
  mutating func replace(_ old: String, with new: String) throws {
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    let places = 0..<Self.headerByteCount
    guard old.count == new.count,
      let place = places.first(where: { bytes[$0] == old[0] && bytes[$0..<$0 + old.count].elementsEqual(old) }
      )
    else { throw MissingFixture(description: "The model does not have \(old), or the lengths differ.") }
    bytes.replaceSubrange(place..<place + old.count, with: new)
  }

  /// Adds a metadata value of 32 bits.
  mutating func add(_ key: String, _ value: UInt32) {
    var pairs = Self.string(key) + Self.number(UInt32(4)) + Self.number(value)
    let note = Self.string("general.note.\(key)") + Self.number(UInt32(8))
    let fixed = pairs.count + note.count + 8
    // The data behind the header keeps its alignment.
    let filler = String(repeating: "x", count: (32 - fixed % 32) % 32)
    pairs += note + Self.string(filler)
    bytes.insert(contentsOf: pairs, at: 24)
    let count = bytes[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    bytes.replaceSubrange(16..<24, with: Self.number(count + 2))
  }

  private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func string(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + text.utf8 }
}

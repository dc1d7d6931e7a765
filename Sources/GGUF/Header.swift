internal import Memory

/// The header of a file: metadata, and the tensors' names, types, shapes and offsets.
struct Header {
  let version: UInt32
  private(set) var metadata = GGUFMetadata()
  private(set) var tensors: [GGUFTensor] = []
  private(set) var indexOfTensor: [String: Int] = [:]
  private var declarations: [Declaration] = []
  /// The length of the header in bytes.
  private var end = 0

  /// A tensor as declared, before the start of the data is known.
  private struct Declaration {
    let name: String
    let type: GGUFTensorType
    let dimensions: [Int]
    let elementCount: Int
    let byteCount: Int
    let offset: UInt64
  }

  private static let magic: UInt32 = 0x4655_4747
  private static let mostDimensions: UInt32 = 4
  private static let defaultAlignment: UInt64 = 32

  /// The number of bytes read at first; while the header goes on behind them, four times as many are read.
  private static let firstByteCount = 4 << 20
  /// The longest header that is read: a vocabulary of a million tokens takes some 50 MB.
  private static let mostByteCount = 256 << 20

  /// Reads a file's header, and no more of the file than a few times its length.
  static func read(_ file: RegularFile) throws(GGUFError) -> Header {
    let most = min(file.byteCount, mostByteCount)
    var count = min(file.byteCount, firstByteCount)
    while true {
      let storage = try file.bytes(0..<count)
      var header: Header
      do throws(GGUFError) {
        header = try Header(storage)
      } catch {
        guard error.code == .truncated, count < file.byteCount else { throw error }
        guard count < most else {
          throw GGUFError(
            .malformed,
            "the header does not end within the first \(most) bytes: \(error.message)"
          )
        }
        count = min(most, 4 * count)
        continue
      }
      try header.place(in: file)
      return header
    }
  }

  /// Reads the header at the start of a file.
  ///
  /// - Throws: ``GGUFError``, with the code `truncated` where the bytes end before the header does.
  private init(_ storage: AlignedBuffer) throws(GGUFError) {
    var cursor = ByteCursor(storage.bytes)
    let magic = try cursor.integer(UInt32.self, "the magic number")
    guard magic == Self.magic else {
      throw GGUFError(.notGGUF, "this is not a GGUF file: it does not begin with the letters GGUF")
    }
    version = try cursor.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      let bigEndian = version.byteSwapped == 2 || version.byteSwapped == 3
      throw GGUFError(
        .unsupportedVersion,
        bigEndian
          ? "this GGUF file is big-endian; only little-endian files are supported"
          : "GGUF version \(version) is not supported; versions 2 and 3 are"
      )
    }
    // A tensor takes at least 8 + 1 + 4 + 8 + 4 + 8 bytes, a metadata pair 8 + 1 + 4 + 1.
    let tensorCount = try cursor.count(minimumSize: 33, "the number of tensors")
    let pairCount = try cursor.count(minimumSize: 14, "the number of metadata pairs")
    for index in 0..<pairCount {
      let key = try cursor.name("metadata key \(index)")
      let type = try GGUFValue.readType(from: &cursor, "metadata key \(key)")
      let value = try GGUFValue.read(type, from: &cursor, in: storage, "the value of metadata key \(key)")
      guard metadata.insert(value, for: key) else {
        throw GGUFError(.malformed, "the metadata key \(key) appears twice")
      }
    }
    for index in 0..<tensorCount {
      let declaration = try Self.readDeclaration(index, from: &cursor)
      guard indexOfTensor.updateValue(index, forKey: declaration.name) == nil else {
        throw GGUFError(.malformed, "the tensor name \(declaration.name) appears twice")
      }
      declarations.append(declaration)
    }
    end = cursor.offset
  }

  private static func readDeclaration(
    _ index: Int,
    from cursor: inout ByteCursor
  ) throws(GGUFError) -> Declaration {
    let name = try cursor.name("the name of tensor \(index)")
    let dimensionCount = try cursor.integer(UInt32.self, "the number of dimensions of tensor \(name)")
    guard (1...mostDimensions).contains(dimensionCount) else {
      throw GGUFError(
        .malformed,
        "tensor \(name) has \(dimensionCount) dimensions; 1 to \(mostDimensions) are allowed"
      )
    }
    var dimensions: [Int] = []
    var elementCount = 1
    for _ in 0..<dimensionCount {
      let size = try cursor.integer(UInt64.self, "the dimensions of tensor \(name)")
      guard let dimension = Int(exactly: size), dimension > 0 else {
        throw GGUFError(.malformed, "tensor \(name) has the dimension \(size)")
      }
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw GGUFError(.malformed, "tensor \(name) has more than 2^63 elements") }
      dimensions.append(dimension)
      elementCount = product
    }
    let type = try GGUFTensorType.named(
      cursor.integer(UInt32.self, "the type of tensor \(name)"),
      tensor: name
    )
    guard dimensions[0] % type.blockLength == 0 else {
      throw GGUFError(
        .malformed,
        """
        tensor \(name) has rows of \(dimensions[0]) elements, not a multiple of \(type)'s block of \
        \(type.blockLength)
        """
      )
    }
    let (byteCount, overflow) = (elementCount / type.blockLength)
      .multipliedReportingOverflow(by: type.blockByteCount)
    guard !overflow else { throw GGUFError(.malformed, "tensor \(name) has more than 2^63 bytes") }
    let offset = try cursor.integer(UInt64.self, "the offset of tensor \(name)")
    return Declaration(
      name: name,
      type: type,
      dimensions: dimensions,
      elementCount: elementCount,
      byteCount: byteCount,
      offset: offset
    )
  }

  /// Places the tensors in the file, once the start of the data is known.
  private mutating func place(in file: RegularFile) throws(GGUFError) {
    var alignment = Self.defaultAlignment
    if metadata["general.alignment"] != nil {
      guard let value = metadata.unsigned("general.alignment"), value > 0, value <= 1 << 30,
        value & (value - 1) == 0
      else { throw metadata.missing("general.alignment", expected: "a power of two up to 2^30") }
      alignment = value
    }
    guard !declarations.isEmpty else { return }
    // Both terms are far below 2^63: the file's length and at most 2^30.
    let start = (UInt64(end) + alignment - 1) / alignment * alignment
    let available = UInt64(file.byteCount) > start ? UInt64(file.byteCount) - start : 0
    tensors.reserveCapacity(declarations.count)
    for declaration in declarations {
      guard declaration.offset % alignment == 0 else {
        throw GGUFError(
          .malformed,
          """
          the offset \(declaration.offset) of tensor \(declaration.name) is not a multiple of the alignment \
          \(alignment)
          """
        )
      }
      guard declaration.offset <= available, UInt64(declaration.byteCount) <= available - declaration.offset
      else {
        throw GGUFError(
          .truncated,
          """
          the file ends inside tensor \(declaration.name): its \(declaration.byteCount) bytes are at offset \
          \(declaration.offset) of the data, which are \(available) bytes
          """
        )
      }
      tensors.append(
        GGUFTensor(
          name: declaration.name,
          type: declaration.type,
          dimensions: declaration.dimensions,
          elementCount: declaration.elementCount,
          byteCount: declaration.byteCount,
          file: file,
          offset: Int(start + declaration.offset)
        )
      )
    }
  }
}

/// The alphabet in which byte-level vocabularies spell bytes: printable Latin-1 characters stand for
/// themselves, the other bytes for the characters from U+0100 on.
enum ByteAlphabet {
  /// The byte that a character stands for, by scalar value; nil for characters outside the alphabet.
  private static let byteOfScalar: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    var next = 0x100
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: table[Int(byte)] = byte
      default:
        table[next] = byte
        next += 1
      }
    }
    return table
  }()

  /// The bytes that a spelling stands for; nil where it has a character outside the alphabet.
  static func bytes(of spelling: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(spelling.utf8.count)
    for scalar in spelling.unicodeScalars {
      guard scalar.value < UInt32(byteOfScalar.count), let byte = byteOfScalar[Int(scalar.value)] else {
        return nil
      }
      bytes.append(byte)
    }
    return bytes
  }
}

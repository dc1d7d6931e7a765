/// Arguments, environment variables and file names, which to the system are bytes, as strings that lose none
/// of them.
///
/// Bytes that are not UTF-8 become scalars of the private use area, U+10F000 and the byte's value. If those
/// scalars are in a name themselves, their bytes are converted in the same way, so that every name comes back
/// as it was.
package enum SystemText {
  private static let first: UInt32 = 0x10F000
  private static let standIns: ClosedRange<UInt32> = 0x10F080...0x10F0FF

  /// The text that stands for bytes.
  ///
  /// - Parameter bytes: Any bytes.
  /// - Returns: The bytes as UTF-8 where they are that, and scalars that stand for them where they are not.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    var text = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var index = 0
    while true {
      let count: Int
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput: return String(text)
      case .error(let length): count = length
      case .valid(let encoded):
        count = encoded.count
        let scalar = Unicode.UTF8.decode(encoded)
        if !standIns.contains(scalar.value) {
          text.append(scalar)
          index += count
          continue
        }
      }
      for byte in bytes[index..<index + count] {
        if let scalar = Unicode.Scalar(first + UInt32(byte)) { text.append(scalar) }
      }
      index += count
    }
  }

  /// The bytes that a text stands for: the reverse of ``text(_:)``.
  ///
  /// - Parameter text: A text made by ``text(_:)``, parts of one, or any other.
  /// - Returns: Its bytes.
  package static func bytes(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if let byte = byte(scalar) {
        bytes.append(byte)
      } else if let encoded = UTF8.encode(scalar) {
        bytes.append(contentsOf: encoded)
      }
    }
    return bytes
  }

  /// The text for people: bytes that are not UTF-8 appear as `\xe4`.
  ///
  /// - Parameter text: A text made by ``text(_:)``, or one that such a text is part of.
  /// - Returns: A text without scalars that stand for bytes.
  package static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { byte($0) != nil }) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let byte = byte(scalar) {
        shown.append(contentsOf: "\\x\(String(byte, radix: 16))".unicodeScalars)
      } else {
        shown.append(scalar)
      }
    }
    return String(shown)
  }

  /// Calls a function with the bytes that a text stands for, as a C string.
  ///
  /// - Parameters:
  ///   - text: A path, or another text made by ``text(_:)``.
  ///   - body: The call.
  /// - Returns: The result of the call.
  /// - Throws: The error of the call.
  package static func withBytes<Result, Failure>(
    _ text: String,
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(bytes(text).map { CChar(bitPattern: $0) } + [0])
  }

  private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    standIns.contains(scalar.value) ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }
}

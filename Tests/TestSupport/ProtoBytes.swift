/// Protocol Buffers written field by field: messages that no sender of this program makes, of numbers that nobody
/// knows and sizes that cannot be.
package struct ProtoBytes: Sendable {
  /// The bytes so far.
  package private(set) var bytes: [UInt8] = []

  /// Begins a message, or a part of one.
  package init() {}

  /// A number of any integer type, of an enumeration, or a Boolean.
  package func number(_ field: Int, _ value: UInt64) -> ProtoBytes {
    adding { message in
      message.tag(field, wireType: 0)
      message.varint(value)
    }
  }

  /// A negative number of an enumeration.
  package func number(_ field: Int, negative value: Int64) -> ProtoBytes {
    number(field, UInt64(bitPattern: value))
  }

  /// A number of eight bytes.
  package func fixed(_ field: Int, _ value: UInt64) -> ProtoBytes {
    adding { message in
      message.tag(field, wireType: 1)
      message.littleEndian(value)
    }
  }

  /// A number of four bytes.
  package func fixed(_ field: Int, short value: UInt32) -> ProtoBytes {
    adding { message in
      message.tag(field, wireType: 5)
      message.littleEndian(value)
    }
  }

  /// A real number.
  package func real(_ field: Int, _ value: Double) -> ProtoBytes { fixed(field, value.bitPattern) }

  /// A list of numbers of four bytes each.
  package func list(_ field: Int, _ values: [UInt32]) -> ProtoBytes {
    var content = ProtoBytes()
    for value in values { content.littleEndian(value) }
    return message(field, content)
  }

  /// The content of a list of numbers as ``number(_:_:)`` writes them.
  package static func packed(_ values: [UInt64]) -> ProtoBytes {
    var content = ProtoBytes()
    for value in values { content.varint(value) }
    return content
  }

  /// A text.
  package func text(_ field: Int, _ value: String) -> ProtoBytes {
    var content = ProtoBytes()
    content.bytes = Array(value.utf8)
    return message(field, content)
  }

  /// A message within the message.
  package func message(_ field: Int, _ content: ProtoBytes) -> ProtoBytes {
    adding { message in
      message.tag(field, wireType: 2)
      message.varint(UInt64(content.bytes.count))
      message.bytes += content.bytes
    }
  }

  private func adding(_ change: (inout ProtoBytes) -> Void) -> ProtoBytes {
    var message = self
    change(&message)
    return message
  }

  private mutating func tag(_ field: Int, wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func littleEndian(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}

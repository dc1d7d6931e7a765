package import KVFormat
internal import SwiftProtobuf

/// A type of the vocabulary whose values are numbers in messages.
protocol Numbered: CaseIterable {
  associatedtype Proto: SwiftProtobuf.Enum
  /// The value in messages.
  var proto: Proto { get }
}

extension Numbered {
  /// Reads a value from a message.
  ///
  /// - Parameters:
  ///   - proto: The value in the message.
  ///   - field: The field's name, for errors.
  /// - Throws: ``WireError/missing(field:)`` or ``WireError/unknown(field:number:)``.
  init(_ proto: Proto, _ field: String) throws(WireError) {
    guard let value = Self.allCases.first(where: { $0.proto == proto }) else {
      // A field that was not sent is 0.
      throw proto.rawValue == 0
        ? .missing(field: field) : .unknown(field: field, number: proto.rawValue)
    }
    self = value
  }
}

extension KVType: Numbered {
  var proto: ProtoKVType {
    switch self {
    case .bf16: .bf16
    case .f32: .f32
    }
  }

  /// The type's number in messages and files.
  package var wireNumber: Int { proto.rawValue }
}

extension Precision: Numbered {
  var proto: ProtoComputeType {
    switch self {
    case .bf16: .bf16
    case .f32: .f32
    case .int8: .int8
    }
  }

  /// The precision's number in messages and files.
  package var wireNumber: Int { proto.rawValue }

  /// Makes the precision of a number; nil for an unknown number.
  package init?(wireNumber: Int) {
    guard let value = Self.allCases.first(where: { $0.wireNumber == wireNumber }) else { return nil }
    self = value
  }
}

extension KVCodec: Numbered {
  var proto: ProtoKVCodec {
    switch self {
    case .bf16: .bf16
    case .int8: .int8
    }
  }
}

extension SummaryContent: Numbered {
  var proto: ProtoSummaryContent {
    switch self {
    case .none: .none
    case .sketch: .sketch
    case .all: .all
    }
  }

  /// The content's number in messages and files.
  package var wireNumber: Int { proto.rawValue }

  /// Makes the content of a number; nil for an unknown number.
  package init?(wireNumber: Int) {
    guard let value = Self.allCases.first(where: { $0.wireNumber == wireNumber }) else { return nil }
    self = value
  }
}

extension Refusal.Code: Numbered {
  var proto: ProtoRefusal.Code {
    switch self {
    case .protocolVersion: .protocolVersion
    case .identity: .identity
    case .notAuthorised: .notAuthorised
    case .overloaded: .overloaded
    case .malformed: .malformed
    }
  }
}

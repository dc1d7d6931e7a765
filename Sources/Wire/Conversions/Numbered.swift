public import KVFormat
internal import SwiftProtobuf

/// A type of the vocabulary whose values have numbers in messages.
protocol Numbered: CaseIterable {
  associatedtype Proto: SwiftProtobuf.Enum
  /// The value as messages hold it.
  var proto: Proto { get }
}

extension Numbered {
  /// The value of a message.
  ///
  /// - Parameters:
  ///   - proto: What the message holds.
  ///   - field: The name of what it is, for errors.
  /// - Throws: ``WireError/missing(field:)`` or ``WireError/unknown(field:number:)``.
  init(_ proto: Proto, _ field: String) throws(WireError) {
    guard let value = Self.allCases.first(where: { $0.proto == proto }) else {
      // 0 is what a field holds that was not sent.
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
  public var wireNumber: Int { proto.rawValue }
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
  public var wireNumber: Int { proto.rawValue }

  /// The precision of a number, nil for a number of none.
  public init?(wireNumber: Int) {
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
  public var wireNumber: Int { proto.rawValue }

  /// The content of a number, nil for a number of none.
  public init?(wireNumber: Int) {
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

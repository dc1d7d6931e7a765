internal import SwiftProtobuf
internal import Wire

extension BulkCorrupt {
  static func with(offset: UInt64) -> Self { .with { $0.offset = offset } }
}

extension BulkGranted {
  static func with(receivedBytes: UInt64) -> Self { .with { $0.receivedBytes = receivedBytes } }
}

extension BulkIncomplete {
  static func with(missingOffset: UInt64) -> Self { .with { $0.missingOffset = missingOffset } }
}

extension BulkDeferred {
  static func with(retryMilliseconds: UInt32) -> Self { .with { $0.retryMs = retryMilliseconds } }
}

extension FailRequest {
  static func with(session: UInt64, token: UInt64, reason: String) -> Self {
    .with {
      $0.session = session
      $0.token = token
      $0.reason = reason
    }
  }
}

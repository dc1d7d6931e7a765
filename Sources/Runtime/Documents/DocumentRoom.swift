package import APITypes

/// How many bytes are held for documents, and why no more.
package struct DocumentRoom: Sendable {
  /// The most bytes held for all documents together.
  private let bytes: Int
  /// Where that number comes from.
  private let reason: String

  /// A room.
  ///
  /// - Parameters:
  ///   - bytes: The most bytes held for all documents together.
  ///   - reason: Where that number comes from, for example "half of what is left of this machine's memory".
  package init(bytes: Int, reason: String) {
    self.bytes = max(0, bytes)
    self.reason = reason
  }

  /// Why a document cannot be taken.
  ///
  /// - Parameters:
  ///   - needed: The bytes of its KV cache and of what comes with it.
  ///   - held: The bytes that other documents have, at most all there are.
  /// - Returns: Nil when there is room; `tooLarge` when there never will be, `unavailable` when others are in the way.
  package func refusal(needed: Int, held: Int) -> ServiceError? {
    guard needed <= bytes else {
      return ServiceError(
        .tooLarge,
        "the document needs \(needed) bytes of KV cache, and \(bytes) are all that is held for documents, \(reason): "
          + "cut the document into parts, or give the coordinator more memory"
      )
    }
    let left = max(0, bytes - max(0, held))
    guard needed <= left else {
      return ServiceError(
        .unavailable,
        "the document needs \(needed) bytes of KV cache, and \(left) of \(bytes) are left: delete a document first"
      )
    }
    return nil
  }
}

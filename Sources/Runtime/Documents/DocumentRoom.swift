package import APITypes

/// The memory for documents, and the reason for its size.
package struct DocumentRoom: Sendable {
  /// The most bytes held for all documents together.
  private let bytes: Int
  /// The origin of that number.
  private let reason: String

  /// Makes a limit.
  ///
  /// - Parameters:
  ///   - bytes: The most bytes held for all documents together.
  ///   - reason: The origin of that number, for example "half of what is left of this machine's memory".
  package init(bytes: Int, reason: String) {
    self.bytes = max(0, bytes)
    self.reason = reason
  }

  /// The refusal of a document for which there is no memory.
  ///
  /// - Parameters:
  ///   - needed: The bytes of its KV cache and of what comes with it.
  ///   - held: The bytes that other documents hold.
  /// - Returns: Nil when it fits; `tooLarge` when it never will, `unavailable` when others take the memory.
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

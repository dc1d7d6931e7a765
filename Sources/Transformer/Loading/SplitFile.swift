internal import GGUF

/// Tells the parts of a model that was split over several files from whole files.
enum SplitFile {
  /// The advice to a user who named a part.
  static let advice = "merge the parts with llama-gguf-split --merge, and name the merged file"

  /// Refuses a file whose metadata call it a part.
  ///
  /// - Throws: ``ModelError`` with ``advice``.
  static func check(_ file: GGUFFile) throws(ModelError) {
    let metadata = file.metadata
    let count = metadata.unsigned("split.count") ?? 0
    let tensors = metadata.unsigned("split.tensors.count") ?? 0
    guard count > 1 || tensors > UInt64(file.tensors.count) else { return }
    let number =
      metadata.unsigned("split.no").map { "part \($0.addingReportingOverflow(1).partialValue)" } ?? "a part"
    let all = count > 1 ? " of \(count)" : ""
    throw ModelError(
      .unsupported,
      "it is \(number)\(all) of a split model, which is not supported yet: \(advice)"
    )
  }
}

extension DecodingError {
  /// The error in the terms of JSON: a part of a sentence.
  package var sentence: String {
    switch self {
    case .keyNotFound(let key, let context):
      return "the field \"\(FieldPath(context.codingPath + [key]))\" is missing"
    case .typeMismatch(_, let context):
      return place(context).map { "the field \"\($0)\" is of another kind" } ?? "it is JSON of another kind"
    case .valueNotFound(_, let context):
      return place(context).map { "the field \"\($0)\" is null" } ?? "it is null"
    case .dataCorrupted(let context):
      return place(context).map { "the field \"\($0)\" has a value that is not known" }
        ?? "it is no valid JSON"
    @unknown default:
      return "it is no valid JSON"
    }
  }

  private func place(_ context: Context) -> String? {
    context.codingPath.isEmpty ? nil : FieldPath(context.codingPath).description
  }
}

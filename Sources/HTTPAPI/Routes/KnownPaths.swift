/// The paths of the API and the methods that each has.
package enum KnownPaths {
  private static let all: [(path: [String], methods: [String])] = [
    (["healthz"], ["GET"]), (["v1", "models"], ["GET"]), (["v1", "workers"], ["GET"]),
    (["v1", "status"], ["GET"]),
    (["v1", "chat", "completions"], ["POST"]), (["v1", "documents"], ["GET", "POST"]),
    (["v1", "documents", ":id"], ["DELETE", "GET"]), (["v1", "documents", ":id", "timeline"], ["GET"]),
    (["v1", "documents", ":id", "events"], ["GET"]),
  ]

  /// The methods that a path has, for an `Allow` header.
  ///
  /// - Parameter path: The path of a request.
  /// - Returns: Their names in order, or nil for a path that is not of the API.
  package static func methods(at path: String) -> [String]? {
    let parts = path.split(separator: Character("/")).map(String.init)
    let found = all.first { known in
      known.path.count == parts.count
        && zip(known.path, parts).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
    }
    guard let found else { return nil }
    return (found.methods + (found.methods.contains("GET") ? ["HEAD"] : []) + ["OPTIONS"]).sorted()
  }
}

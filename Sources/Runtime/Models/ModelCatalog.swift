package import APITypes
internal import GGUF
internal import Wire

/// The names of a coordinator's models, by which requests choose among them.
///
/// A model is listed under the name of its file without `.gguf`, a split one under what the names of its parts have in
/// common. Requests may also give the name of the file, and the name that the file gives to the model (`general.name`),
/// if no other model has the same.
package struct ModelCatalog: Hashable, Sendable {
  /// The names of one model.
  package struct Entry: Hashable, Sendable {
    /// The name under which it is listed.
    package let id: String
    /// The name of its file.
    let file: String
    /// The name that its file gives it; may be empty.
    let title: String

    /// Makes the names of a model.
    ///
    /// - Parameters:
    ///   - path: The path of its file.
    ///   - title: The name in the file.
    package init(path: String, title: String) {
      file = path.split(separator: "/").last.map(String.init) ?? path
      let ending = ".gguf"
      let hasEnding = file.lowercased().hasSuffix(ending) && file.utf8.count > ending.utf8.count
      if let part = SplitName(file), part.count > 1, !part.stem.isEmpty {
        id = part.stem
      } else {
        id = hasEnding ? String(file.dropLast(ending.count)) : file
      }
      self.title = title
    }
  }

  /// The most models that a coordinator or a worker may have.
  package static let most = WireProtocol.maximumModels

  private let entries: [Entry]

  /// Makes the catalogue of these models, the first of which is that of requests that name none.
  package init(_ entries: [Entry]) { self.entries = entries }

  /// The names under which the models are listed.
  package var ids: [String] { entries.map(\.id) }

  /// The first name under which two models would be listed; nil if there is none.
  package var duplicate: String? {
    var seen: Set<String> = []
    return ids.first { !seen.insert($0).inserted }
  }

  /// Returns the place of the model that a request chooses.
  ///
  /// - Parameter name: The name; nil and an empty one stand for the first model.
  /// - Returns: The model's place, from 0.
  /// - Throws: `ServiceError` of code `badInput` for a name that no model or more than one has.
  package func place(of name: String?) throws(ServiceError) -> Int {
    guard let name, !name.isEmpty else { return 0 }
    let places = try places(of: name)
    if let place = places.first, places.count == 1 { return place }
    let names = places.map { entries[$0].id }.joined(separator: ", ")
    throw ServiceError(
      .badInput,
      "\(places.count) models are called \(Self.quoted(name)): name one of \(names)",
      parameter: "model"
    )
  }

  /// Returns the places of the models that have a name.
  ///
  /// - Parameter name: The name from a request.
  /// - Returns: The places, from 0, at least one. More than one have the name only if their files give it.
  /// - Throws: `ServiceError` of code `badInput` for a name that no model has.
  package func places(of name: String) throws(ServiceError) -> [Int] {
    if let place = entries.firstIndex(where: { $0.id == name }) { return [place] }
    if let place = entries.firstIndex(where: { $0.file == name }) { return [place] }
    let titled = entries.indices.filter { !name.isEmpty && entries[$0].title == name }
    guard titled.isEmpty else { return titled }
    throw ServiceError(
      .badInput,
      "there is no model \(Self.quoted(name)) here: name one of \(ids.joined(separator: ", "))",
      parameter: "model"
    )
  }

  /// Returns a name from a request for a sentence: not too long, and without control characters.
  private static func quoted(_ name: String) -> String {
    let plain = name.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(81)
    let text = String(String.UnicodeScalarView(plain.prefix(80)))
    return "\"\(text)\(plain.count > 80 ? "..." : "")\""
  }
}

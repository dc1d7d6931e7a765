package import CommandLineSupport
internal import GGUF

/// The models of a folder, by name. The name of a model is that of its file without `.gguf`; of a split model, what the
/// names of its parts have in common.
package struct ModelFolder: Hashable, Sendable {
  /// One model.
  package struct Entry: Hashable, Sendable {
    /// The name.
    package let name: String
    /// The path of its file within the folder; of a split model, that of the first part that is there.
    package let file: String

    /// The file's name without folders.
    fileprivate var fileName: String { ModelFolder.fileName(file) }
  }

  /// The path of the folder; nil where it is not known.
  package let path: String?
  /// The models in the order of their names.
  package let entries: [Entry]

  /// Sorts the files of a folder.
  ///
  /// - Parameters:
  ///   - path: The path of the folder; nil where it is not known.
  ///   - files: The paths of files within it. Hidden files, and those that do not end in `.gguf`, are left out.
  package init(path: String?, files: [String]) {
    self.path = path
    var entries: [Entry] = []
    var splits: Set<String> = []
    for file in files.sorted() where Self.isModel(file) {
      guard let part = SplitName(file), part.count > 1 else {
        entries.append(Entry(name: Self.withoutExtension(Self.fileName(file)), file: file))
        continue
      }
      // The first part comes first in the order of names.
      guard splits.insert(part.path(of: part.count)).inserted else { continue }
      entries.append(Entry(name: Self.fileName(part.stem), file: file))
    }
    self.entries = entries.sorted { ($0.name.lowercased(), $0.file) < ($1.name.lowercased(), $1.file) }
  }

  /// The path of an entry's file.
  package func path(of entry: Entry) -> String { path.map { "\($0)/\(entry.file)" } ?? entry.file }

  /// The path of the model to load.
  ///
  /// A path wins over a name, and anything with a slash is a path. A name may be written with or without `.gguf`, in
  /// capitals or not; it may be the beginning of one model's name only, or else a part of one model's name only.
  ///
  /// - Parameters:
  ///   - given: A path or a name; nil for the model that `scripts/setup` installs.
  ///   - isFile: Tells whether there is a file at a path.
  /// - Returns: A path. There may be no file at it if it was given.
  /// - Throws: ``CommandFailure`` with code `badInput` for a name of none or of several models, with the names to choose
  ///   from.
  package func path(of given: String?, isFile: (String) -> Bool) throws(CommandFailure) -> String {
    guard let given else { return try defaultPath() }
    if given.contains("/") || isFile(given) { return given }
    let found = matches(given)
    guard let only = found.first, found.count == 1 else {
      throw CommandFailure(.badInput, found.isEmpty ? unknown(given) : ambiguous(given, found))
    }
    return path(of: only)
  }

  private func defaultPath() throws(CommandFailure) -> String {
    if let entry = entries.first(where: { $0.file == Settings.defaultModel }) { return path(of: entry) }
    guard let path else {
      throw CommandFailure(.badInput, "No model: name a GGUF file with --model or BRAID_MODEL.")
    }
    let others = entries.isEmpty ? "" : " (there are \(Self.list(labels(entries))))"
    throw CommandFailure(
      .badInput,
      "No model at \(path)/\(Settings.defaultModel): run scripts/setup, or name another with --model or "
        + "BRAID_MODEL\(others)."
    )
  }

  /// The models that a name fits, by the strictest rule that fits any.
  private func matches(_ given: String) -> [Entry] {
    let isWritten = entries.filter { $0.fileName == given }
    guard isWritten.isEmpty else { return isWritten }
    var name = Self.withoutExtension(given)
    if let part = SplitName(name + ".gguf"), part.count > 1 { name = part.stem }
    guard !name.isEmpty else { return [] }
    let low = name.lowercased()
    let rules: [(Entry) -> Bool] = [
      { $0.name == name }, { $0.name.lowercased() == low }, { $0.name.lowercased().hasPrefix(low) },
      { $0.name.lowercased().contains(low) },
    ]
    for rule in rules {
      let found = entries.filter(rule)
      if !found.isEmpty { return found }
    }
    return []
  }

  private func ambiguous(_ given: String, _ found: [Entry]) -> String {
    "The model \(given) may be any of \(found.count): \(Self.list(labels(found))): write more of its name."
  }

  private func unknown(_ given: String) -> String {
    let start = "No model \(given): there is no such file"
    guard let path else { return "\(start): name a GGUF file with --model or BRAID_MODEL." }
    let getting = "get one with `hf download REPOSITORY FILE --local-dir \(path)`"
    return entries.isEmpty
      ? "\(start), and \(path) has no models: run scripts/setup, or \(getting)."
      : "\(start), and \(path) has only \(Self.list(labels(entries))): \(getting)."
  }

  /// The names of models; of those that share a name, the files.
  private func labels(_ some: [Entry]) -> [String] {
    let counts = Dictionary(entries.map { ($0.name, 1) }, uniquingKeysWith: +)
    return some.map { counts[$0.name] == 1 ? $0.name : $0.file }
  }

  /// The most names that a message lists.
  private static let mostNames = 16

  private static func list(_ names: [String]) -> String {
    let rest = names.count - mostNames
    return names.prefix(mostNames).joined(separator: ", ")
      + (rest > 0 ? " and \(rest) more, which `braid model list` shows" : "")
  }

  private static func isModel(_ file: String) -> Bool {
    let name = fileName(file)
    return name.lowercased().hasSuffix(".gguf") && !name.hasPrefix(".")
  }

  private static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func withoutExtension(_ name: String) -> String {
    name.lowercased().hasSuffix(".gguf") ? String(name.dropLast(5)) : name
  }
}

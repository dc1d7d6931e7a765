internal import Memory

/// The headers of a model's files as one: of the only file, or of the parts of a split model in their order.
struct ModelParts {
  /// The format's version, of the first file.
  let version: UInt32
  /// The metadata, of the first file: the others repeat none of it.
  let metadata: GGUFMetadata
  /// The files in order.
  private(set) var files: [RegularFile] = []
  /// The tensors of all files, those of the first before those of the second.
  private(set) var tensors: [GGUFTensor] = []
  /// The place of each tensor in ``tensors``.
  private(set) var indexOfTensor: [String: Int] = [:]
  /// The length of all files in bytes.
  private(set) var byteCount = 0

  /// Opens a model by the path of its file, or of any of its parts.
  ///
  /// - Throws: ``GGUFError``, which names every part that is missing.
  init(path: String) throws(GGUFError) {
    let named = try HeadedFile(path: path)
    guard let place = named.place else {
      version = named.header.version
      metadata = named.header.metadata
      files = [named.file]
      tensors = named.header.tensors
      indexOfTensor = named.header.indexOfTensor
      byteCount = named.file.byteCount
      return
    }
    let name = try Self.name(of: named, at: place)
    try Self.checkPresence(of: name)
    let first = place.number == 1 ? named : try HeadedFile(path: name.path(of: 1))
    version = first.header.version
    metadata = first.header.metadata
    for number in 1...place.count {
      // The header of a part is not kept: it may take megabytes of memory.
      let part =
        number == 1 ? first : number == place.number ? named : try HeadedFile(path: name.path(of: number))
      try add(part, number: number, of: place.count, first: first)
    }
    let total = first.place?.tensorCount ?? tensors.count
    guard total == tensors.count else {
      throw GGUFError(
        .malformed,
        "model file \(first.file.path): it declares \(total) tensors, and its \(place.count) parts have "
          + "\(tensors.count): they are of different models"
      )
    }
  }

  /// The name of a part, which must agree with its metadata.
  private static func name(of part: HeadedFile, at place: SplitPlace) throws(GGUFError) -> SplitName {
    let start = "model file \(part.file.path): it is \(place) of a split model"
    guard let name = SplitName(part.file.path) else {
      throw GGUFError(
        .malformed,
        start
          + ", whose parts are found by their names, which must end as in -00001-of-00003.gguf: give all of them "
          + "the names that they had"
      )
    }
    guard name.number == place.number, name.count == place.count else {
      throw GGUFError(
        .malformed,
        start
          + ", and its name is that of part \(name.number) of \(name.count): give all parts the names that they had"
      )
    }
    return name
  }

  private static func checkPresence(of name: SplitName) throws(GGUFError) {
    let missing = (1...name.count).filter { FileStamp(path: name.path(of: $0)) == nil }
    guard !missing.isEmpty else { return }
    throw GGUFError(
      .unreadable,
      "model file \(name.path(of: name.number)): it is part \(name.number) of \(name.count) of a split model, and "
        + "these parts are not in its folder: \(Self.text(missing, of: name))"
    )
  }

  /// The most runs of missing parts that an error names.
  private static let mostRuns = 32

  /// The file names of parts, each run of them by its first and its last.
  static func text(_ numbers: [Int], of name: SplitName) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound == number - 1 {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    func file(_ number: Int) -> String {
      name.path(of: number).split(separator: "/").last.map(String.init) ?? name.path(of: number)
    }
    let named = runs.prefix(mostRuns).map { run in
      run.count == 1 ? file(run.lowerBound) : "\(file(run.lowerBound)) to \(file(run.upperBound))"
    }
    let rest = runs.dropFirst(mostRuns).reduce(0) { $0 + $1.count }
    return named.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private mutating func add(
    _ part: HeadedFile,
    number: Int,
    of count: Int,
    first: HeadedFile
  ) throws(GGUFError) {
    func different(_ reason: String) -> GGUFError {
      GGUFError(
        .malformed,
        "model file \(part.file.path): \(reason): this part and \(first.file.path) are of different models"
      )
    }
    guard let place = part.place, place.number == number, place.count == count else {
      let found = part.place.map { "it is \($0) of a split model" } ?? "it is no part of a split model"
      throw different("\(found), not part \(number) of \(count) as its name says")
    }
    guard place.tensorCount == first.place?.tensorCount else {
      func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "none" }
      throw different(
        "its split.tensors.count is \(text(place.tensorCount)), not \(text(first.place?.tensorCount))"
      )
    }
    for key in ["general.architecture", "general.name"] {
      guard let own = part.header.metadata.string(key) else { continue }
      guard own == metadata.string(key) else {
        throw different("its \(key) is \(own), not \(metadata.string(key) ?? "none")")
      }
    }
    for tensor in part.header.tensors {
      if let index = indexOfTensor.updateValue(tensors.count, forKey: tensor.name) {
        let other = tensors[index].file.path
        throw GGUFError(
          .malformed,
          "model file \(part.file.path): its tensor \(tensor.name) is in \(other) too: they are of different models"
        )
      }
      tensors.append(tensor)
    }
    let (sum, overflow) = byteCount.addingReportingOverflow(part.file.byteCount)
    guard !overflow else { throw different("all parts have more than 2^63 bytes") }
    byteCount = sum
    files.append(part.file)
  }
}

/// A file with its header.
private struct HeadedFile {
  let file: RegularFile
  let header: Header
  /// The place among the parts of a split model; nil for a whole model.
  let place: SplitPlace?

  /// Opens a file and reads its header.
  ///
  /// - Throws: ``GGUFError``, which names the file.
  init(path: String) throws(GGUFError) {
    do { file = try RegularFile(path: path) } catch { throw GGUFError(error, path: path) }
    do throws(GGUFError) {
      header = try Header.read(file)
      place = try SplitPlace(header.metadata, tensors: header.tensors.count)
    } catch {
      // The messages of these name the file already.
      if error.code == .changed || error.code == .unreadable { throw error }
      throw GGUFError(error.code, "model file \(path): \(error.message)", cause: error.cause)
    }
  }
}

package import CommandLineSupport
internal import GGUF
internal import Memory
internal import Runtime
internal import SystemText

extension ModelFolder {
  /// Looks into the headers of all models. A file that cannot be used is a row with the reason.
  ///
  /// - Parameter usual: The path of the model that is taken where none is named; nil for none.
  /// - Returns: A row for each model.
  package func rows(usual: String?) -> [ModelRow] {
    entries.map { entry in
      let path = path(of: entry)
      return ModelRow(path: path, name: entry.name, isDefault: path == usual)
    }
  }
}

extension ModelRow {
  /// Looks into the header of a model's file, and checks what can be checked without its weights.
  fileprivate init(path: String, name: String, isDefault: Bool) {
    self.init(name: SystemText.shown(name), file: SystemText.shown(path), isDefault: isDefault)
    fileBytes = FileStamp(path: path)?.byteCount
    do throws(ModelFileError) {
      let file: GGUFFile
      do { file = try GGUFFile(path: path) } catch { throw ModelFileError(error, path: path) }
      fileBytes = file.byteCount
      parts = file.partCount
      parameters = ModelInfo.parameters(file.tensors.map(\.elementCount))
      quantisation = Self.quantisation(file.tensors.map { ($0.type.description, $0.byteCount) })
      architecture = file.metadata.string("general.architecture")
      contextTokens = architecture.flatMap { file.metadata.integer("\($0).context_length") }
      _ = try ModelFile(file, path: path).makeTokenizer()
      runs = true
    } catch {
      refuse(error.message, path: path)
    }
  }

  /// Keeps a reason, without the file's name before it: the row has it.
  private mutating func refuse(_ message: String, path: String) {
    let start = "model file \(path): "
    reason = SystemText.shown(message.hasPrefix(start) ? String(message.dropFirst(start.count)) : message)
  }
}

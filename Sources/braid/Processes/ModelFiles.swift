internal import CommandLineSupport
internal import Glibc
internal import Recordings
internal import SystemText
internal import Workbench

extension ModelFolder {
  /// The models in the data folder now, and in the folders in it: a download may put the parts of a split model in one.
  static var current: ModelFolder {
    guard let path = Settings.current.modelFolder else { return ModelFolder(path: nil, files: []) }
    // A folder that is not there, or cannot be read, has no models.
    func names(_ path: String) -> [String] { (try? namesInFolder(path)) ?? [] }
    let files = names(path).flatMap { name in
      let isHidden = name.hasPrefix(".")
      if isHidden || name.lowercased().hasSuffix(".gguf") { return [name] }
      return names("\(path)/\(name)").map { "\(name)/\($0)" }
    }
    return ModelFolder(path: path, files: files)
  }
}

/// Returns true if there is something at a path that is no folder.
func isFile(_ path: String) -> Bool {
  var status = stat()
  return SystemText.withBytes(path) { stat($0, &status) } == 0 && status.st_mode & S_IFMT != S_IFDIR
}

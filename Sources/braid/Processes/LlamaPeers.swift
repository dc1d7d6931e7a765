internal import CommandLineSupport
internal import Threads
internal import Workbench

extension LlamaBench {
  /// llama.cpp's program for each form of the model, on the processors of this process.
  ///
  /// - Parameters:
  ///   - program: Its path; nil for no comparison.
  ///   - models: The forms of the model; without any there is one.
  ///   - usual: That one.
  ///   - threads: The threads that it computes with.
  /// - Returns: The programs.
  /// - Throws: ``CommandFailure`` that names a missing file.
  static func peers(
    program: String?,
    models: [String],
    usual: String,
    threads: Int
  ) throws(CommandFailure) -> [LlamaBench] {
    guard let program else { return [] }
    return try (models.isEmpty ? [usual] : models).map { model throws(CommandFailure) in
      let peer = LlamaBench(
        program: program,
        model: model,
        threads: threads,
        processors: allowedProcessors()
      )
      try peer.checkFiles()
      return peer
    }
  }
}

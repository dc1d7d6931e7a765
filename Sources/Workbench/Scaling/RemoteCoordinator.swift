package import APITypes
package import CommandLineSupport
internal import Tables

/// A coordinator elsewhere as a scaling benchmark finds it.
package struct RemoteCoordinator: Hashable, Sendable {
  /// The SHA-256 of its model file.
  package var modelSHA256: String
  /// The address that its workers dial.
  package var controlAddress: String

  /// A coordinator by what it says of itself.
  package init(_ status: CoordinatorStatus) {
    modelSHA256 = status.modelSHA256
    controlAddress = status.controlAddress
  }

  /// Refuses a coordinator that has another model.
  ///
  /// - Parameters:
  ///   - path: The path of the model here.
  ///   - sha256: Its SHA-256.
  /// - Throws: ``CommandFailure`` with code `badInput`.
  package func checkModel(_ path: String, sha256: String) throws(CommandFailure) {
    guard modelSHA256 == sha256 else {
      throw CommandFailure(
        .badInput,
        "The coordinator's model is \(modelSHA256.prefix(12)) and \(path) is \(sha256.prefix(12)): name the same file with "
          + "--model."
      )
    }
  }

  /// Refuses a coordinator that has too few workers.
  ///
  /// - Parameters:
  ///   - connected: The workers that it has.
  ///   - wanted: The workers that are asked for.
  /// - Throws: ``CommandFailure`` with code `badInput`.
  package static func checkWorkers(connected: Int, wanted: Int) throws(CommandFailure) {
    guard connected >= wanted else {
      throw CommandFailure(
        .badInput,
        "The coordinator has \(Quantities.counted(connected, "worker")) and --workers asks for \(wanted): start more, "
          + "or ask for fewer."
      )
    }
  }

  /// The connection between workers and coordinator, in words.
  package var link: String {
    let host = controlAddress.split(separator: "/").last.map(String.init) ?? controlAddress
    let isLocal = host.hasPrefix("127.") || host.hasPrefix("localhost") || host.hasPrefix("[::1]")
    return isLocal ? ScalingRun.localLink : "TCP to \(host)"
  }
}

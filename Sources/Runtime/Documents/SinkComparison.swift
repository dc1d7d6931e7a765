/// The workers for which the coordinator has warned that their sinks differ from those of others.
///
/// Processes of one processor compute the same bits from weights in the same form, whatever their threads. Other
/// instruction sets, precisions and forms of weights do not, which deserves a warning for each worker but no refusal.
package struct SinkComparison {
  /// A sink with which those of workers are compared.
  package struct Reference: Sendable, Hashable {
    /// Who encoded it.
    package enum Encoder: String, Sendable {
      /// The coordinator itself.
      case coordinator = "the coordinator"
      /// The first worker that handed in a chunk behind this sink.
      case worker = "another worker"
    }

    /// The digest of its keys and values.
    package var digest: UInt64
    /// The precision in which it was computed.
    package var compute: String
    /// Who encoded it.
    package var encoder: Encoder

    /// A reference from its parts.
    package init(digest: UInt64, compute: String, encoder: Encoder) {
      self.digest = digest
      self.compute = compute
      self.encoder = encoder
    }
  }

  /// The most workers that are remembered; there is no warning for more.
  private static let most = 1024
  private var told: Set<String> = []

  package init() {}

  /// The warning about a worker whose sink differs from a reference.
  ///
  /// - Parameters:
  ///   - worker: Its identifier.
  ///   - compute: The precision that it computes in.
  ///   - reference: The sink that its own should be.
  /// - Returns: A sentence the first time; nil afterwards.
  package mutating func message(worker: String, compute: String, reference: Reference) -> String? {
    guard told.count < Self.most, told.insert(worker).inserted else { return nil }
    let other = reference.encoder.rawValue
    if compute != reference.compute {
      return
        "the worker computes in \(compute) and \(other) in \(reference.compute), so that keys differ a little: give "
        + "all processes the same --compute if answers are to be the same whoever encodes"
    }
    return
      "the sink of a worker differs from that of \(other): its processor rounds in another way, or its weights have "
      + "another form; give all processes the same ONEDNN_MAX_CPU_ISA and --weights if answers are to be the same whoever "
      + "encodes"
  }
}

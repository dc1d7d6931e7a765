internal import Addresses
internal import HTTPAPI
internal import Logging
internal import Machine
internal import Runtime
internal import Tables

extension CoordinatorConfiguration {
  /// A coordinator that answers with all processors of this process and takes half of the memory that is left.
  ///
  /// To be made after the model is loaded, which has taken its part.
  ///
  /// - Parameters:
  ///   - listen: Where workers dial.
  ///   - memory: The memory that may still be taken.
  ///   - elsewhere: The bytes of it that the workers take which this process starts.
  ///   - logger: Where the figures are told.
  /// - Returns: The configuration.
  static func ofThisProcess(
    listen: CoordinatorAddress,
    memory: MemoryAllowance,
    elsewhere: Int = 0,
    logger: Logger
  ) -> CoordinatorConfiguration {
    let together = memory.together
    let shared = max(0, together.left - max(0, elsewhere))
    let (left, limit) = shared < memory.left ? (shared, together.limit) : (memory.left, memory.limit)
    logger.info(
      """
      answers with \(Quantities.counted(availableCores(), "thread")): \(processorAllowance); holds documents of \
      \(Quantities.bytes(left / 2)), half of what is left of \(limit)
      """
    )
    var configuration = CoordinatorConfiguration(
      listen: listen,
      threads: availableCores(),
      documentBytes: left / 2
    )
    configuration.documentBytesReason = "half of what is left of \(limit)"
    configuration.workerConnections = DescriptorLimit.workerConnections()
    return configuration
  }
}

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
  ///   - logger: Where the figures are told.
  /// - Returns: The configuration.
  static func ofThisProcess(listen: CoordinatorAddress, logger: Logger) -> CoordinatorConfiguration {
    let memory = availableMemory()
    logger.info(
      """
      answers with \(Quantities.counted(availableCores(), "thread")): \(processorAllowance); holds documents of \
      \(Quantities.bytes(memory.left / 2)), half of what is left of \(memory.limit)
      """
    )
    var configuration = CoordinatorConfiguration(
      listen: listen,
      threads: availableCores(),
      documentBytes: memory.left / 2
    )
    configuration.documentBytesReason = "half of what is left of \(memory.limit)"
    configuration.workerConnections = DescriptorLimit.workerConnections()
    return configuration
  }
}

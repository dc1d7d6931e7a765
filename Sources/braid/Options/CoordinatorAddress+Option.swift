internal import Addresses
internal import CommandLineSupport

/// Reads an address that workers dial.
///
/// - Throws: ``CommandFailure`` with status `usage`.
func coordinatorAddress(_ text: String) throws(CommandFailure) -> CoordinatorAddress {
  let address: CoordinatorAddress
  do {
    address = try CoordinatorAddress(parsing: text)
  } catch {
    throw CommandFailure(.usage, error.message, cause: error)
  }
  if address.isWithinProcess {
    throw CommandFailure(
      .usage,
      "\"\(text)\" is an address within one process, where no worker finds it: write tcp://HOST:PORT or abstract://NAME"
    )
  }
  return address
}

/// The error of a text that is no address.
public struct AddressError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence: what is wrong and how an address is written.
  public let description: String

  init(_ description: String) { self.description = description }
}

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// True if an error number means that the address is in use.
func isAddressInUse(_ number: Int32) -> Bool { number == EADDRINUSE }

/// The system's sentence for an error number.
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }

/// The wall clock in whole seconds.
func secondsSince1970() -> Int { time(nil) }

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }

internal import SystemPackage

/// Returns the system's text of an error number.
func errnoText(_ number: CInt) -> String { "\(Errno(rawValue: number))" }

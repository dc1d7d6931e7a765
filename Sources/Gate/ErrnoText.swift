internal import SystemPackage

/// What the system says of an error number.
func errnoText(_ number: CInt) -> String { "\(Errno(rawValue: number))" }

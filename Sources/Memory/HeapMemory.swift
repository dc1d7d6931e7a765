#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The memory that the allocator of this process keeps.
package enum HeapMemory {
  /// Returns free memory to the system, where the allocator can.
  ///
  /// It is worth its milliseconds after much was freed that will not be needed again.
  package static func giveBack() {
    // Glibc's header for it is in no module, and other libraries have no such function.
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
  }
}

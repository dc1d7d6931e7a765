/// The memory that this process may still take, and the limit on it.
package struct MemoryAllowance: Hashable, Sendable {
  /// A limit on the memory of a process.
  package enum Limit: Hashable, Sendable, CustomStringConvertible {
    /// The memory of the machine.
    case machine
    /// A control group, with the name of the file that holds its limit.
    case controlGroup(file: String)
    /// The limit of its address space.
    case addressSpace
    /// The limit of its data.
    case data
    /// The memory that whoever started it has given to it.
    case budget

    package var description: String {
      switch self {
      case .machine: "this machine's memory"
      case .controlGroup(let file): "its control group's memory (\(file))"
      case .addressSpace: "its address space (ulimit -v)"
      case .data: "its data (ulimit -d)"
      case .budget: "the memory it was given (--memory)"
      }
    }

    /// True if the limit holds for each process by itself, and not for all of a command's processes together.
    var isOfOneProcess: Bool { self == .addressSpace || self == .data }
  }

  /// One limit, and the memory taken of it.
  package struct Share: Hashable, Sendable {
    /// The kind of limit.
    package var limit: Limit
    /// The limit in bytes.
    package var bytes: Int
    /// The bytes that this process has already.
    package var taken: Int

    package init(_ limit: Limit, bytes: Int, taken: Int) {
      self.limit = limit
      self.bytes = bytes
      self.taken = taken
    }

    /// The bytes that are left.
    var left: Int {
      let (left, overflows) = bytes.subtractingReportingOverflow(max(0, taken))
      return overflows ? 0 : max(0, left)
    }
  }

  /// The bytes that may still be taken.
  package let left: Int
  /// The limit that is reached first.
  package let limit: Limit
  /// The size of that limit, in bytes.
  package let total: Int
  private let shares: [Share]

  /// The memory that this process and those that it starts may still take together.
  package var together: MemoryAllowance { MemoryAllowance(shares.filter { !$0.limit.isOfOneProcess }) }

  /// Finds the limit that is reached first.
  ///
  /// - Parameter shares: The limits; without any, no memory is left.
  package init(_ shares: [Share]) {
    let least = shares.min { $0.left < $1.left } ?? Share(.machine, bytes: 0, taken: 0)
    left = least.left
    limit = least.limit
    total = least.bytes
    self.shares = shares
  }
}

/// How much memory this process may still take, and what limits it.
public struct MemoryAllowance: Hashable, Sendable {
  /// What limits the memory of a process.
  public enum Limit: Hashable, Sendable, CustomStringConvertible {
    /// What the machine has.
    case machine
    /// A control group, by the name of the file that says so.
    case controlGroup(file: String)
    /// The limit of its address space.
    case addressSpace
    /// The limit of its data.
    case data

    /// What it is and where it is set.
    public var description: String {
      switch self {
      case .machine: "this machine's memory"
      case .controlGroup(let file): "its control group's memory (\(file))"
      case .addressSpace: "its address space (ulimit -v)"
      case .data: "its data (ulimit -d)"
      }
    }
  }

  /// One limit and how much of it is taken.
  public struct Share: Hashable, Sendable {
    /// What limits.
    public var limit: Limit
    /// The most bytes.
    public var bytes: Int
    /// The bytes that this process has already.
    public var taken: Int

    /// A limit and what is taken of it, in bytes.
    public init(_ limit: Limit, bytes: Int, taken: Int) {
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
  public let left: Int
  /// The limit that is met first.
  public let limit: Limit
  /// That limit in bytes.
  public let total: Int

  /// Finds the limit that is met first.
  ///
  /// - Parameter shares: The limits; without any there is no memory to count on.
  public init(_ shares: [Share]) {
    let least = shares.min { $0.left < $1.left } ?? Share(.machine, bytes: 0, taken: 0)
    left = least.left
    limit = least.limit
    total = least.bytes
  }
}

internal import CNNG

/// The failure of an operation on a socket: its kind, and advice for a person.
public struct NNGError: Error, Hashable, CustomStringConvertible {
  /// The kind of failure; more kinds may be added.
  public struct Code: Hashable, Sendable {
    /// The number that libnng gives this failure.
    public let rawValue: Int32

    /// No answer within the time given.
    public static let timedOut = Code(NNG_ETIMEDOUT)
    /// The connection broke, or the peer ended.
    public static let peerLost = Code(NNG_ECONNRESET)
    /// The socket was closed on this side.
    public static let closed = Code(NNG_ECLOSED)
    /// Another process listens at the address.
    public static let addressInUse = Code(NNG_EADDRINUSE)
    /// The address cannot be understood or does not belong to this machine.
    public static let addressInvalid = Code(NNG_EADDRINVAL)
    /// The message is longer than the limit.
    public static let messageTooLarge = Code(NNG_EMSGSIZE)
    /// The operation was ended by libnng, not by the task that waits for it.
    public static let canceled = Code(NNG_ECANCELED)
    /// The operation does not fit the state of its object, such as a second reply to one request.
    public static let wrongState = Code(NNG_ESTATE)
    /// The system is out of memory or of other resources.
    public static let outOfMemory = Code(NNG_ENOMEM)

    init(_ code: nng_errno_enum) { self.rawValue = Int32(bitPattern: code.rawValue) }

    init(rawValue: Int32) { self.rawValue = rawValue }
  }

  /// The kind of failure.
  public let code: Code
  /// The failure in a few words.
  public let message: String
  /// The advice; empty if there is none.
  public let advice: String

  /// One sentence for a person.
  public var description: String { advice.isEmpty ? message : "\(message): \(advice)" }

  init(_ code: Code, _ message: String, advice: String = "") {
    self.code = code
    self.message = message
    self.advice = advice
  }

  /// Makes the error of a result that is not zero.
  ///
  /// - Parameters:
  ///   - result: The result of a function of libnng.
  ///   - action: The action that failed, such as "cannot listen on tcp://127.0.0.1:7700".
  init(result: Int32, action: String) {
    let code: Code
    let advice: String
    switch Code(rawValue: result) {
    case .addressInUse:
      code = .addressInUse
      advice = "the port is in use; stop the process that holds it or choose another port"
    case .addressInvalid, Code(NNG_EINVAL), Code(NNG_ENOTSUP):
      code = .addressInvalid
      advice = "give an address of this form: tcp://HOST:PORT"
    case .peerLost, Code(NNG_ECONNABORTED), Code(NNG_ECONNSHUT):
      code = .peerLost
      advice = "the connection broke or the peer ended; try again once it is back"
    case .timedOut:
      code = .timedOut
      advice = "no answer in time; check that the peer runs and can be reached"
    case .closed:
      code = .closed
      advice = "the socket is closed"
    default:
      code = Code(rawValue: result)
      advice = nng_strerror(result).map { String(cString: $0) } ?? "error \(result)"
    }
    self.init(code, action, advice: advice)
  }

  static func check(_ result: Int32, _ action: @autoclosure () -> String) throws(NNGError) {
    guard result == 0 else { throw NNGError(result: result, action: action()) }
  }
}

internal import CNNG
internal import Failures

/// A failed operation on a socket: what kind of failure, and what a person can do about it.
package struct NNGError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// No answer within the time given.
    case timedOut
    /// The connection broke, or the peer ended.
    case peerLost
    /// The socket was closed on this side.
    case closed
    /// Another process listens at the address.
    case addressInUse
    /// The address cannot be understood or does not belong to this machine.
    case addressInvalid
    /// The message is longer than the limit.
    case messageTooLarge
    /// The operation was ended by libnng, not by the task that waits for it.
    case canceled
    /// The operation does not fit the state of its object, such as a second reply to one request.
    case wrongState
    /// The system is out of memory or of other resources.
    case outOfMemory
    /// libnng names another reason.
    case other
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person: what went wrong, and what to do where there is something to say.
  package let message: String

  init(_ code: Code, _ action: String, advice: String = "") {
    self.code = code
    message = advice.isEmpty ? action : "\(action): \(advice)"
  }

  /// Makes the error of a result that is not zero.
  ///
  /// - Parameters:
  ///   - result: The result of a function of libnng.
  ///   - action: The action that failed, such as "cannot listen on tcp://127.0.0.1:7700".
  init(result: Int32, action: String) {
    let code = Code(result)
    let advice =
      switch code {
      case .addressInUse: "the port is in use; stop the process that holds it or choose another port"
      case .addressInvalid: "give an address of this form: tcp://HOST:PORT"
      case .peerLost: "the connection broke or the peer ended; try again once it is back"
      case .timedOut: "no answer in time; check that the peer runs and can be reached"
      case .closed: "the socket is closed"
      case .messageTooLarge, .canceled, .wrongState, .outOfMemory, .other:
        nng_strerror(result).map { String(cString: $0) } ?? "error \(result)"
      }
    self.init(code, action, advice: advice)
  }

  static func check(_ result: Int32, _ action: @autoclosure () -> String) throws(NNGError) {
    guard result == 0 else { throw NNGError(result: result, action: action()) }
  }
}

extension NNGError.Code {
  /// The kind of a result number that is not zero.
  init(_ result: Int32) {
    self =
      switch nng_errno_enum(UInt32(bitPattern: result)) {
      case NNG_ETIMEDOUT: .timedOut
      case NNG_ECONNRESET, NNG_ECONNABORTED, NNG_ECONNSHUT: .peerLost
      case NNG_ECLOSED: .closed
      case NNG_EADDRINUSE: .addressInUse
      case NNG_EADDRINVAL, NNG_EINVAL, NNG_ENOTSUP: .addressInvalid
      case NNG_EMSGSIZE: .messageTooLarge
      case NNG_ECANCELED: .canceled
      case NNG_ESTATE: .wrongState
      case NNG_ENOMEM: .outOfMemory
      default: .other
      }
  }
}

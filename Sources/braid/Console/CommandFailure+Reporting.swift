internal import APITypes
internal import Addresses
internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPAPI
internal import HTTPClient
internal import Machine
internal import NNG
internal import Runtime
internal import Worker

extension CommandFailure {
  /// Makes the failure for an error of any part: the one place where errors become exit codes.
  init(reporting error: any Error) {
    switch error {
    case let error as CommandFailure: self = error
    case let error as ServiceError: self.init(error)
    case let error as ClientError: self.init(error.exitCode, error.message, cause: error)
    case let error as AddressError: self.init(.usage, error.message, cause: error)
    case let error as HTTPServerError: self.init(error.exitCode, error.message, cause: error)
    case let error as WorkerError: self.init(error.exitCode, error.message, cause: error)
    case let error as NNGError:
      self.init(error.code == .addressInvalid ? .usage : .failed, error.message, cause: error)
    case let error as ModelFileError: self.init(.badInput, error.message, cause: error)
    case let error as ThreadShortage: self.init(.failed, error.message, cause: error)
    case is CancellationError: self = .interrupted
    case _ where Braid.exitCode(for: error) == .validationFailure:
      // The argument parser's own errors have no public type.
      let message = Braid.message(for: error)
      let sentence = message.hasSuffix(".") ? String(message.dropLast()) : message
      self.init(.usage, "\(sentence) (see `braid help`).")
    default: self.init(.failed, "\(error)", cause: error)
    }
  }
}

extension ClientError {
  fileprivate var exitCode: CommandExit {
    switch code {
    case .malformedURL: .usage
    case .unreachable, .noHTTP, .connectionLost, .unexpectedReply: .unreachable
    }
  }
}

extension HTTPServerError {
  fileprivate var exitCode: CommandExit {
    switch code {
    case .notLoopback: .usage
    case .addressInUse, .cannotListen: .failed
    }
  }
}

extension WorkerError {
  fileprivate var exitCode: CommandExit {
    switch code {
    case .invalidConfiguration: .usage
    case .refused: .badInput
    case .notAuthorised: .unauthorised
    case .unreachable, .wrongPeer: .unreachable
    case .encoder, .noThread: .failed
    }
  }
}

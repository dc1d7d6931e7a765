internal import Hummingbird
internal import NIOCore

/// The context of a request: its connection.
struct ConnectionContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Runs a body, and cancels it when the connection is closed.
  ///
  /// A client that has only shut down its sending side still waits for the answer.
  ///
  /// - Parameter body: Makes an answer.
  /// - Returns: The result of the body.
  /// - Throws: The error of the body.
  func whileConnected<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    let task = Task(operation: body)
    channel.closeFuture.whenComplete { _ in task.cancel() }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}

internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Hummingbird's connections over HTTP/1.1, each guarded by an ``HTTPConnectionHandler``.
struct BoundedHTTPChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let base: HTTP1Channel
  let check: RequestCheck
  let limits: ConnectionDeadline.Limits
  let registry: ConnectionRegistry

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    let isAdmitted = registry.admit(channel)
    return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let handler = HTTPConnectionHandler(check: check, limits: limits, isRefused: !isAdmitted) { activity in
        registry.note(activity, channel)
      }
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(handler, position: .after(decoder))
      let context = try pipeline.context(handler: handler)
      try pipeline.addHandler(ByteArrivals { handler.received(context: context) }, position: .first)
      return value
    }
  }

  func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

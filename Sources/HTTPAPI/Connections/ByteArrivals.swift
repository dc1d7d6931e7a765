package import NIOCore

/// Tells a connection's handler, behind the decoder, that bytes have arrived.
package final class ByteArrivals: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = ByteBuffer

  private let received: () -> Void

  /// Makes a handler that calls a closure.
  ///
  /// - Parameter received: Called on the event loop.
  package init(_ received: @escaping () -> Void) { self.received = received }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received()
    context.fireChannelRead(data)
  }
}

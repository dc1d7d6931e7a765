internal import NIOCore

/// One end of a joined pair of connections. It passes what it reads to the other end, and reads on only while
/// that end accepts bytes. When one end closes, both do.
///
/// Both connections are on one event loop, so nothing here is locked.
final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// The time between two checks for new bytes.
  static let lookTime = TimeAmount.seconds(60)
  /// The most checks in a row without new bytes, between messages.
  private static let mostStillLooks = 10

  private var translation: MessageTranslation
  private weak var partner: RelayHandler?
  private var context: ChannelHandlerContext?
  private var isReadDue = false
  /// Checks in a row without new bytes.
  private var stillLooks = 0
  private var firstMessagePassed: (() -> Void)?
  private let refused: (EntryRefusal) -> Void

  init(
    _ translation: MessageTranslation,
    firstMessagePassed: (() -> Void)? = nil,
    refused: @escaping (EntryRefusal) -> Void = { _ in }
  ) {
    self.translation = translation
    self.firstMessagePassed = firstMessagePassed
    self.refused = refused
  }

  /// Makes two handlers the ends of a pair.
  static func join(_ first: RelayHandler, _ second: RelayHandler) {
    first.partner = second
    second.partner = first
  }

  /// Passes on bytes that were read before the pair was joined.
  func begin(with bytes: ByteBuffer) {
    pass(bytes)
    partner?.flush()
    context?.read()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    stillLooks = 0
    pass(unwrapInboundIn(data))
  }

  /// Ends a connection that stops within a message, or has not been used for long; a worker dials again.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A peer cannot send while it is not read.
    guard event is IdleStateHandler.IdleStateEvent, !isReadDue else { return }
    stillLooks += 1
    if translation.isWithinMessage {
      refused(.slow)
      close()
    } else if stillLooks >= Self.mostStillLooks {
      close()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    partner?.flush()
    if partner?.isWritable == true { context.read() } else { isReadDue = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.readIfDue() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    partner?.close()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

  private func pass(_ bytes: ByteBuffer) {
    do throws(EntryRefusal) {
      try translation.translate(bytes) { partner?.write($0) }
      if let passed = firstMessagePassed, translation.hasPassedMessage {
        firstMessagePassed = nil
        passed()
      }
    } catch {
      refused(error)
      close()
    }
  }

  private var isWritable: Bool { context?.channel.isWritable == true }
  private func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }
  private func flush() { context?.flush() }
  private func close() { context?.close(promise: nil) }

  private func readIfDue() {
    guard isReadDue else { return }
    isReadDue = false
    context?.read()
  }
}

internal import APITypes
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
  /// Makes a response with a value as JSON.
  ///
  /// - Throws: `EncodingError` for a number that JSON cannot express.
  init(status: HTTPResponse.Status = .ok, json value: some Encodable) throws {
    let bytes = try APIJSON.encode(value)
    self.init(
      status: status,
      headers: [.contentType: "application/json", .contentLength: String(bytes.count)],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
  }
}

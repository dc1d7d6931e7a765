/// The distribution of an answer's attention: the `explanation` object within `braid`.
///
/// Shares are means over all heads and all tokens of question and answer, from 0 to 1. Those of one layer,
/// its sink, tail, rest and all its chunks together, add up to 1.
package struct AnswerExplanation: Codable, Hashable, Sendable {
  /// One layer's attention.
  package struct Layer: Codable, Hashable, Sendable {
    /// The layer's number, from 0.
    package var layer: Int
    /// The share that went to the sink.
    package var sink: Double
    /// The share that went to question and answer.
    package var tail: Double
    /// The share that went to groups in place of chunks not chosen, and to a local layer's window.
    package var rest: Double
    /// The chunks with the largest shares, at most ``mostChunks``, in falling order.
    package var chunks: [Chunk]

    package init(layer: Int, sink: Double, tail: Double, rest: Double, chunks: [Chunk]) {
      self.layer = layer
      self.sink = sink
      self.tail = tail
      self.rest = rest
      self.chunks = chunks
    }
  }

  /// A chunk's part of one layer's attention.
  package struct Chunk: Codable, Hashable, Sendable {
    /// The chunk's number, from 0.
    package var chunk: Int
    /// The share of the layer's attention that went to it.
    package var share: Double
    /// The share of heads and tokens that attended it.
    package var used: Double

    package init(chunk: Int, share: Double, used: Double) {
      self.chunk = chunk
      self.share = share
      self.used = used
    }
  }

  /// The attended tokens of a chunk with a large share, all of it or a part.
  package struct Passage: Codable, Hashable, Sendable {
    /// The chunk's number, from 0.
    package var chunk: Int
    /// The first of these tokens, counted from 0 over the document.
    package var firstToken: Int
    /// The last of these tokens.
    package var lastToken: Int
    /// The share of the attention of all layers that went to the chunk.
    package var share: Double
    /// The beginning of their text, at most ``longestText`` characters.
    package var text: String

    package init(chunk: Int, firstToken: Int, lastToken: Int, share: Double, text: String) {
      self.chunk = chunk
      self.firstToken = firstToken
      self.lastToken = lastToken
      self.share = share
      self.text = text
    }

    private enum CodingKeys: String, CodingKey {
      case chunk, share, text
      case firstToken = "first_token"
      case lastToken = "last_token"
    }
  }

  /// The most chunks of a layer, and the most passages.
  package static let mostChunks = 4
  /// The most characters of a passage's text.
  package static let longestText = 200

  /// The attention of each layer.
  package var layers: [Layer]
  /// The chunks with the largest shares over all layers, in falling order.
  package var passages: [Passage]

  package init(layers: [Layer], passages: [Passage]) {
    self.layers = layers
    self.passages = passages
  }
}

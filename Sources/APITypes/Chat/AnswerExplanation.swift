/// Where an answer's attention went: the `explanation` object within `braid`.
///
/// Shares are means over all heads and all tokens of question and answer, from 0 to 1. Those of one layer, its
/// sink, tail, rest and all its chunks together, add up to 1.
public struct AnswerExplanation: Codable, Hashable, Sendable {
  /// One layer's attention.
  public struct Layer: Codable, Hashable, Sendable {
    /// The layer's number, from 0.
    public var layer: Int
    /// The share that went to the sink.
    public var sink: Double
    /// The share that went to question and answer.
    public var tail: Double
    /// The share that went to what stands for chunks not chosen, and to a local layer's window.
    public var rest: Double
    /// The chunks that got the most, at most ``mostChunks``, the first of them the most.
    public var chunks: [Chunk]

    /// A layer from its fields.
    public init(layer: Int, sink: Double, tail: Double, rest: Double, chunks: [Chunk]) {
      self.layer = layer
      self.sink = sink
      self.tail = tail
      self.rest = rest
      self.chunks = chunks
    }
  }

  /// A chunk's part of one layer's attention.
  public struct Chunk: Codable, Hashable, Sendable {
    /// The chunk's number, from 0.
    public var chunk: Int
    /// The share of the layer's attention that went to it.
    public var share: Double
    /// The share of heads and tokens that looked at it at all.
    public var used: Double

    /// A chunk from its fields.
    public init(chunk: Int, share: Double, used: Double) {
      self.chunk = chunk
      self.share = share
      self.used = used
    }
  }

  /// What stands in a chunk that was attended much.
  public struct Passage: Codable, Hashable, Sendable {
    /// The chunk's number, from 0.
    public var chunk: Int
    /// The chunk's first token, counted from 0 over the document.
    public var firstToken: Int
    /// The chunk's last token.
    public var lastToken: Int
    /// The share of the attention of all layers that went to it.
    public var share: Double
    /// How the chunk's text begins, at most ``longestText`` characters.
    public var text: String

    /// A passage from its fields.
    public init(chunk: Int, firstToken: Int, lastToken: Int, share: Double, text: String) {
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
  public static let mostChunks = 4
  /// The most characters of a passage's text.
  public static let longestText = 200

  /// Layer by layer.
  public var layers: [Layer]
  /// The chunks that got the most over all layers, the first of them the most.
  public var passages: [Passage]

  /// An explanation from its parts.
  public init(layers: [Layer], passages: [Passage]) {
    self.layers = layers
    self.passages = passages
  }
}

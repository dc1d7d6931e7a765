/// What a model file does not say of its architecture, and the program that made it knew.
///
/// Sources: the models of Hugging Face `transformers` and llama.cpp's `src/models`, which agree.
struct Architecture: Sendable {
  /// The layers that see a window of the text, where a file states one.
  enum Windows: Sendable {
    /// A file with a window is refused.
    case refused
    /// Every layer.
    case all
    /// All but every `period`-th layer.
    case allButEvery(period: Int)
  }

  /// The name in a model file.
  let name: String
  /// The pairing of rotated values.
  var pairing = RotaryConfiguration.Pairing.halves
  /// The blocks, without what the file says of them.
  var block = BlockDescription()
  /// The layers with a window.
  var windows = Windows.refused
  /// The window where the file states none; nil for none.
  var usualWindow: Int?
  /// True if layers with a window are rotated by a base of their own and without scaling, as their positions are
  /// within the original context.
  var hasOwnWindowRotation = false
  /// That base where the file states none; nil for that of the others.
  var windowBase: Double?
  /// True if the file may cap logits (Gemma).
  var hasCaps = false
  /// The caps where the file states none; nil for none.
  var usualCaps: (attention: Float?, logits: Float?) = (nil, nil)
  /// The number of layers after which one is not rotated; nil where all are.
  var unrotatedPeriod: Int?
  /// True if the file may scale embeddings, the residual stream and logits (Granite).
  var hasScales = false
  /// True if embeddings are multiplied by the root of their width (Gemma).
  var scalesEmbeddings = false
  /// The number of layers of a model whose attention is scaled by its width shared by its heads (Gemma's 27B),
  /// and not by the length of a head; nil for none.
  var layersScaledByWidth: Int?

  /// All that are supported, by name.
  static let all: [String: Architecture] = Dictionary(
    uniqueKeysWithValues: [
      Architecture("llama") {
        $0.pairing = .interleaved; $0.windows = .all
      },
      Architecture("qwen2") { _ in },
      Architecture("qwen3") { $0.block.queryKeyNorm = .heads },
      Architecture("gemma2") {
        $0.block.norms = .both
        $0.block.activation = .gelu
        $0.windows = .allButEvery(period: 2)
        $0.usualWindow = 4096
        $0.hasCaps = true
        $0.usualCaps = (50, 30)
        $0.scalesEmbeddings = true
        $0.layersScaledByWidth = 46
      },
      Architecture("gemma3") {
        $0.block.norms = .both
        $0.block.activation = .gelu
        $0.block.queryKeyNorm = .heads
        $0.windows = .allButEvery(period: 6)
        $0.hasOwnWindowRotation = true
        $0.windowBase = 10000
        $0.hasCaps = true
        $0.scalesEmbeddings = true
        $0.layersScaledByWidth = 62
      },
      Architecture("phi3") {
        $0.block.isFused = true; $0.windows = .all
      },
      Architecture("granite") {
        $0.pairing = .interleaved; $0.hasScales = true
      },
      Architecture("olmo2") {
        $0.block.norms = .after
        $0.block.queryKeyNorm = .rows
        // Olmo 3 has windows.
        $0.windows = .allButEvery(period: 4)
        $0.hasOwnWindowRotation = true
      },
      Architecture("smollm3") {
        $0.pairing = .interleaved; $0.unrotatedPeriod = 4
      },
    ].map { ($0.name, $0) }
  )

  private init(_ name: String, _ describe: (inout Architecture) -> Void) {
    self.name = name
    describe(&self)
  }

  /// True if a layer has a window, where there is one.
  func isWindowed(layer: Int) -> Bool {
    switch windows {
    case .refused: false
    case .all: true
    case .allButEvery(let period): (layer + 1) % period != 0
    }
  }

  /// True if a layer is rotated.
  func isRotated(layer: Int) -> Bool { unrotatedPeriod.map { (layer + 1) % $0 != 0 } ?? true }
}

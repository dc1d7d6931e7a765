/// The weights of one linear layer, in the forms in which a model keeps them.
package enum LayerWeights: Sendable {
  /// Packed for matrix products.
  case packed(LinearLayer)
  /// As the model file packs them.
  case compact(CompactLayer)
  /// Both: packed for encoding, and compact for few rows of an answer.
  case both(packed: LinearLayer, compact: CompactLayer)

  /// Values of an input row.
  package var inputs: Int {
    switch self {
    case .packed(let layer), .both(let layer, _): layer.inputs
    case .compact(let layer): layer.inputs
    }
  }

  /// Values of an output row.
  package var outputs: Int {
    switch self {
    case .packed(let layer), .both(let layer, _): layer.outputs
    case .compact(let layer): layer.outputs
    }
  }

  /// The type of an input row, where there are many.
  package var element: ElementType { packed?.element ?? .f32 }

  /// The packed weights; nil where there are none.
  package var packed: LinearLayer? {
    switch self {
    case .packed(let layer), .both(let layer, _): layer
    case .compact: nil
    }
  }

  /// The compact weights; nil where there are none.
  package var compact: CompactLayer? {
    switch self {
    case .compact(let layer), .both(_, let layer): layer
    case .packed: nil
    }
  }

  /// The bytes of the weights in all forms.
  package var byteCount: Int { (packed?.byteCount ?? 0) + (compact?.byteCount ?? 0) }

  /// The weights for a number of rows. Encoding takes packed ones for any number if there are any, so that all encoders
  /// compute the same.
  func chosen(rows: Int, for purpose: DecoderPass.Purpose) -> ChosenWeights {
    switch self {
    case .packed(let layer): .packed(layer)
    case .compact(let layer): .compact(layer)
    case .both(let packed, let compact):
      purpose == .answering && rows <= CompactProducts.fewRows ? .compact(compact) : .packed(packed)
    }
  }
}

/// The weights of one linear layer in the form in which a product reads them.
enum ChosenWeights {
  case packed(LinearLayer)
  case compact(CompactLayer)

  /// The type of an input row.
  var element: ElementType {
    switch self {
    case .packed(let layer): layer.element
    case .compact: .f32
    }
  }
}

/// The forms in which a model keeps the weights of its linear layers.
package enum WeightForm: String, Sendable, Hashable, CaseIterable {
  /// Packed for matrix products, which is fastest for many rows: the form for encoding.
  case packed
  /// As the model file packs them, with products in f32: the form for answering, and for little memory.
  case compact
  /// Both, for a process that encodes and answers.
  case both

  /// True if weights are packed for matrix products.
  package var hasPacked: Bool { self != .compact }
  /// True if weights stay as in the file.
  package var hasCompact: Bool { self != .packed }
}

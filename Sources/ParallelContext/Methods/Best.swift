/// Braid's own methods: focus where a question points at little, true distances and a second place where it does not.
///
/// There is no paper; docs/evaluation.md has what was measured. ``Focus`` has the selection in three steps.
///
/// Chunks stand at their true positions while these fit the model; beyond, the last 4,096 tokens do, and all others end
/// 512 tokens before the tail. Every chunk is offered a second time, ending 512 tokens before the tail. With lse_i the
/// log-sum-exp of a chunk's logits at a place, e_i their mean under the attention inside it, and H_i = lse_i - e_i the
/// entropy of that attention, a chunk enters the softmax with
///
///     max(lse_i at its true place, lse_i - 0.5 H_i at the second place)
///
/// so that thin attention to a chunk that was moved near is held back, and a sharp match is not.
///
/// | formula | here |
/// | --- | --- |
/// | true places | ``Placement/automatic`` |
/// | the second place | ``Reading/view`` |
/// | 0.5 | ``Reading/damping`` |
/// | lse_i, e_i | ``PartialStore/logMass(slot:head:row:)``, ``PartialStore/meanLogit(slot:head:row:)`` |
/// | which chunks | ``Selection/focus(_:)`` |
extension Method {
  /// The default, for the highest share of the context's use and for finding what stands in one place.
  ///
  /// A question that points at a few chunks sees these alone, and of a chunk in which it points at one place the 128
  /// tokens around that; else every head and token attends the two chunks with its sharpest matches.
  public static let best = Method(.best)

  /// ``best`` with one choice of chunks for the whole question, by their sketches: no key is read of a chunk that was not
  /// chosen, however long the document.
  public static let fast = Method(
    Reading(
      view: 512,
      selection: .focus(
        Focus(
          aim: .sketch,
          passageTokens: 128,
          otherwise: .perQuestion(count: ChunkCount(4, leastTokens: 2048))
        )
      ),
      damping: 0.5
    )
  )
}

extension Reading {
  /// The reading half of ``Method/best``, and the values that parts have which are not named in a text.
  public static let best = Reading(
    view: 512,
    selection: .focus(Focus(aim: .sketch, passageTokens: 128, otherwise: .perRow(.topFive, count: 2))),
    damping: 0.5
  )
}

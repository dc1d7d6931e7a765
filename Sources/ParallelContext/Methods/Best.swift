/// Braid's own methods: focus if a question points at a few chunks, otherwise true distances and a second
/// place.
///
/// There is no paper; docs/evaluation.md has the measurements. ``Focus`` has the selection in three steps.
///
/// Chunks stand at their true positions while these fit the model. Otherwise the last 4,096 tokens do, and
/// all other chunks begin at one place, from which the longest ends 512 tokens before the tail. Every chunk
/// is offered a second time at a place of the latter kind. With lse_i the log-sum-exp of a chunk's logits at
/// a place, e_i their mean under the attention inside it, and H_i = lse_i - e_i the entropy of that
/// attention, a chunk enters the softmax with
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
/// | choice of chunks | ``Selection/focus(_:)`` |
extension Method {
  /// The default, with the highest `kept` (see docs/glossary.md), which also finds facts that stand in one
  /// place.
  ///
  /// A question that points at a few chunks sees these alone, and of a chunk in which it points at one place
  /// the 128 tokens around that; else every head and token attends the two chunks with its sharpest matches,
  /// or in long documents the four that suit the whole question best.
  package static let best = Method(.best)

  /// ``best`` with one choice of chunks for the whole question at every length, by their sketches: no key of a
  /// chunk that was not inspected is read.
  package static let fast = Method(
    Reading(
      view: 512,
      selection: .focus(
        Focus(
          aim: .sketch,
          passageTokens: 128,
          otherwise: .perQuestion(count: .ofQuestion)
        )
      ),
      damping: 0.5
    )
  )
}

extension Reading {
  /// The reading half of ``Method/best``. It also gives the values of parts that a text does not name.
  package static let best = Reading(
    view: 512,
    selection: .focus(
      Focus(aim: .sketch, passageTokens: 128, otherwise: .perRow(.topFive, count: 2), beyond: .ofQuestion)
    ),
    damping: 0.5
  )
}

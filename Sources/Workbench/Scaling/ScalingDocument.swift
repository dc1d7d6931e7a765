package import ParallelContext

/// A document of one length: its text, and the chunks it will be cut into.
package struct ScalingDocument: Sendable {
  /// Its text.
  package var bytes: [UInt8]
  /// Its tokens.
  package var tokens: [Int32]
  /// The chunks, as ranges of its tokens.
  package var plan: ContextPlan

  /// A document from its parts.
  package init(bytes: [UInt8], tokens: [Int32], plan: ContextPlan) {
    self.bytes = bytes
    self.tokens = tokens
    self.plan = plan
  }

  /// The tokens of each chunk.
  package var chunks: [[Int32]] { plan.chunks.map { Array(tokens[$0]) } }

  /// The tokens that each chunk is read after.
  package var leads: [[Int32]] { plan.chunks.indices.map { Array(tokens[plan.lead(of: $0)]) } }

  /// The rows of each chunk that have to be computed: its tokens and those that it is read after.
  package var rows: [Int] {
    plan.chunks.indices.map { plan.chunks[$0].count + plan.lead(of: $0).count }
  }
}

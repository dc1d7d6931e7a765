/// The variables that a part of a template sees: its own and, behind them, those of the parts around it.
final class Scope {
  private var variables: [String: Value] = [:]
  private var parent: Scope?
  /// Scopes from the outermost to this one.
  let depth: Int

  init(in parent: Scope?) {
    self.parent = parent
    depth = (parent?.depth ?? 0) + 1
  }

  subscript(_ name: String) -> Value? {
    var scope: Scope? = self
    while let here = scope {
      if let value = here.variables[name] { return value }
      scope = here.parent
    }
    return nil
  }

  func set(_ name: String, to value: Value) { variables[name] = value }

  /// Lets go of all that it holds, so that scopes and the macros in them do not keep each other.
  func dissolve() {
    variables = [:]
    parent = nil
  }
}

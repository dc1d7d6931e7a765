/// The categories of characters that pre-tokenizers tell apart, finer than ``ScalarClass``.
package enum ScalarCategory: UInt8 {
  /// `\p{Lu}` or `\p{Lt}`
  case upper
  /// `\p{Ll}`
  case lower
  /// `\p{Lm}` or `\p{Lo}`: a letter without case.
  case caseless
  /// `\p{M}`
  case mark
  /// `\p{N}`
  case number
  /// `\p{P}`, in Unicode 8 already.
  case punctuation
  /// `\p{P}`, of a later version than Unicode 8.
  case laterPunctuation
  /// `\p{S}`
  case symbol
  /// `\s`
  case space
  case other

  /// The newest version of Unicode whose characters are classified. Later ones are `other`, whatever the
  /// Swift runtime knows, so that token ids do not depend on it.
  private static let newestVersion = 16
  private static let basicPlane: [UInt8] = (0..<0x10000).map { lookUp($0).rawValue }

  /// The category of a character.
  package static func of(_ scalar: UInt32) -> ScalarCategory {
    if scalar < 0x10000 { return ScalarCategory(rawValue: basicPlane[Int(scalar)]) ?? .other }
    return lookUp(scalar)
  }

  private static func lookUp(_ value: UInt32) -> ScalarCategory {
    guard let scalar = Unicode.Scalar(value) else { return .other }
    let properties = scalar.properties
    guard let age = properties.age, age.major <= newestVersion else { return .other }
    // Unicode 17 made a letter without case of it, and so do Swift runtimes that know that version.
    if value == 0x295 { return .lower }
    switch properties.generalCategory {
    case .uppercaseLetter, .titlecaseLetter: return .upper
    case .lowercaseLetter: return .lower
    case .modifierLetter, .otherLetter: return .caseless
    case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return age.major <= 8 ? .punctuation : .laterPunctuation
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: return .symbol
    default: return properties.isWhitespace ? .space : .other
    }
  }
}

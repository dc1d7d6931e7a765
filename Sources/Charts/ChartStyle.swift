/// Colours, fonts and sizes. Every colour is given twice: plain, for programs that do not know variables, and
/// as a variable that follows the reader's preference for light or dark.
enum ChartStyle {
  /// Font size of all text but the title, in pixels.
  static let fontSize = 13.0
  static let titleSize = 16.0
  /// The width of all charts, in pixels.
  static let width = 760.0
  /// The number of colours; after the last they repeat.
  static let colours = light.count

  /// Colours that differ for all kinds of colour vision, after Okabe and Ito's palette, darkened for white
  /// paper.
  private static let light = [
    "#0072b2", "#d55e00", "#00805e", "#b0488f", "#8a6d00", "#3f97cf", "#5a5a5a", "#8c510a",
  ]
  private static let dark = [
    "#56b4e9", "#f0883e", "#2fc79a", "#e79ccb", "#e6c84f", "#a5d3f2", "#c4c4c4", "#d2a679",
  ]
  private static let named = [
    (name: "paper", light: "#ffffff", dark: "#0d1117"), (name: "ink", light: "#1f2328", dark: "#e6edf3"),
    (name: "soft", light: "#59636e", dark: "#9da7b3"), (name: "grid", light: "#d9dee3", dark: "#30363d"),
  ]

  /// The style sheet of every chart.
  static let sheet: String = {
    let palette = zip(light, dark).enumerated().map { (name: "c\($0)", light: $1.0, dark: $1.1) }
    let all = named + palette
    func fill(_ name: String) -> String { paint("fill", name) }
    func stroke(_ name: String) -> String { paint("stroke", name) }
    func paint(_ property: String, _ name: String) -> String {
      let plain = all.first { $0.name == name }?.light ?? "#000000"
      return "\(property):\(plain);\(property):var(--\(name))"
    }
    var rules = [
      ".chart{font:\(Int(fontSize))px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
        + all.map { "--\($0.name):\($0.light)" }.joined(separator: ";") + "}",
      "@media (prefers-color-scheme:dark){.chart{"
        + all.map { "--\($0.name):\($0.dark)" }.joined(separator: ";") + "}}",
      ".paper{\(fill("paper"))}", ".ink{\(fill("ink"))}", ".soft{\(fill("soft"))}",
      ".lead{\(stroke("soft"));stroke-width:1}", ".on{\(fill("paper"))}",
      ".title{\(fill("ink"));font-size:\(Int(titleSize))px;font-weight:600}",
      ".grid{\(stroke("grid"));stroke-width:1}", ".axis{\(stroke("soft"));stroke-width:1}",
      ".ideal{\(stroke("soft"));stroke-width:1.5;stroke-dasharray:2 4;fill:none}",
      ".rim{\(stroke("paper"));stroke-width:1}", ".end{text-anchor:end}", ".middle{text-anchor:middle}",
    ]
    for index in light.indices {
      rules.append(".l\(index){\(stroke("c\(index)"));stroke-width:2;stroke-linejoin:round;fill:none}")
      rules.append(".f\(index){\(fill("c\(index)"))}")
    }
    return rules.joined(separator: "\n")
  }()

  /// The approximate width of a text in pixels: fonts differ, and this errs to the wide side.
  static func width(of text: String, size: Double = fontSize) -> Double {
    Double(text.unicodeScalars.count) * size * 0.58
  }

  /// Breaks a text between words into lines of a width.
  static func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, Self.width(of: "\(last) \(word)", size: size) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

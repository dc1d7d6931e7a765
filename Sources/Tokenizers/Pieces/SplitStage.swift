/// One cut of a pre-tokenizer that cuts several times. What it finds becomes a piece, and so does the text
/// between.
enum SplitStage: Sendable {
  /// `[…]`: each character of a set by itself.
  case each(SplitSet)
  /// `[…]+`
  case run(SplitSet)
  /// `\s?[…]+`
  case runAfterSpace(SplitSet)
  /// `\s+$`
  case trailingSpaces
  /// The expression of GPT-2.
  case gpt2
  /// The runs of bytes that GPT-2's alphabet spells as numbers: `0` to `9`, `²`, `³`, `¹`, `¼`, `½` and `¾`. Some
  /// of them are in the middle of characters.
  case numericBytes
  /// `[0-9][0-9][0-9]`
  case threeDigits

  /// The end of the piece that starts at an index of a longer piece, which ends at `limit`.
  func end(ofPieceAt start: Int, limit: Int, in text: Span<UInt8>) -> Int {
    switch self {
    case .each(let set):
      let (isMember, length) = set.contains(start, text)
      if isMember { return start + length }
      return set.endOfRun(of: false, from: start + length, limit: limit, in: text)
    case .run(let set):
      let (isMember, length) = set.contains(start, text)
      return set.endOfRun(of: isMember, from: start + length, limit: limit, in: text)
    case .runAfterSpace(let set):
      var index = start
      while index < limit {
        if let begin = Self.beginOfRun(set, at: index, limit: limit, in: text) {
          return index > start ? index : set.endOfRun(of: true, from: begin, limit: limit, in: text)
        }
        index += UTF8Sequence(text, at: index).count
      }
      return limit
    case .trailingSpaces:
      var index = start
      var endOfOthers = start
      while index < limit {
        let (kind, length) = ScalarClass.at(index, in: text)
        index += length
        if kind != .space { endOfOthers = index }
      }
      return endOfOthers > start ? endOfOthers : limit
    case .gpt2:
      return start + PreTokenizer.gpt2(0, text.extracting(start..<limit), false)
    case .numericBytes:
      let isNumeric = Self.isNumeric(text[start])
      var index = start + 1
      while index < limit, Self.isNumeric(text[index]) == isNumeric { index += 1 }
      return index
    case .threeDigits:
      var index = start
      var digits = 0
      while index < limit {
        digits = text[index] &- 0x30 < 10 ? digits + 1 : 0
        index += 1
        if digits == 3 { return index - 3 > start ? index - 3 : index }
      }
      return limit
    }
  }

  /// The index of the first member where `\s?[…]+` matches at an index; nil where it does not.
  private static func beginOfRun(_ set: SplitSet, at index: Int, limit: Int, in text: Span<UInt8>) -> Int? {
    let (kind, length) = ScalarClass.at(index, in: text)
    if kind == .space, index + length < limit, set.contains(index + length, text).0 { return index + length }
    return set.contains(index, text).0 ? index : nil
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE: true
    default: false
    }
  }
}

extension SplitStage {
  /// The cuts of `deepseek-ai/deepseek-llm-7b-base`.
  static let deepSeekLLM: [SplitStage] = [
    .each(.lineEnd), .runAfterSpace(.cased), .runAfterSpace(.marksAndLatin), .trailingSpaces, .run(.eastern),
    .each(.number),
  ]
  /// The cuts of `deepseek-ai/deepseek-coder-6.7b-base`.
  static let deepSeekCoder: [SplitStage] = [
    .each(.lineEnd), .runAfterSpace(.letter), .runAfterSpace(.punctuation), .run(.eastern), .each(.number),
  ]
  /// The cuts of `tiiuae/falcon-7b`. The package `tokenizers` cuts numbers after it has spelled bytes as
  /// characters, and so within some characters; llama.cpp does not.
  static let falcon: [SplitStage] = [.run(.oldPunctuation), .gpt2, .numericBytes, .threeDigits]
}

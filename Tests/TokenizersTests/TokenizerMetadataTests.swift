internal import Testing
internal import Tokenizers

/// The description of a tokenizer in a model file, key by key.
@Suite struct TokenizerMetadataTests {
  private enum Value {
    case string(String)
    case integer(Int)
    case bool(Bool)
    case strings([String])
    case integers([Int])
    case floats([Float])
    case absent
  }

  private static let sound: [String: Value] = [
    "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("gpt-2"),
    "tokenizer.ggml.tokens": .strings(["a", "b", "<end>"]), "tokenizer.ggml.merges": .strings([]),
    "tokenizer.ggml.token_type": .integers([1, 1, 3]), "tokenizer.ggml.bos_token_id": .integer(1),
  ]

  private func configuration(_ changes: [String: Value]) throws(TokenizerError) -> TokenizerConfiguration {
    var values = Self.sound
    for (key, value) in changes {
      if case .absent = value { values["tokenizer.\(key)"] = nil } else { values["tokenizer.\(key)"] = value }
    }
    return try TokenizerConfiguration(
      contains: { values[$0] != nil },
      string: { if case .string(let value) = values[$0] { value } else { nil } },
      integer: { if case .integer(let value) = values[$0] { value } else { nil } },
      bool: { if case .bool(let value) = values[$0] { value } else { nil } },
      strings: { if case .strings(let value) = values[$0] { value } else { nil } },
      integers: { if case .integers(let value) = values[$0] { value } else { nil } },
      floats: { if case .floats(let value) = values[$0] { value } else { nil } },
      count: {
        switch values[$0] {
        case .integers(let value): value.count
        case .floats(let value): value.count
        default: nil
        }
      }
    )
  }

  private func message(_ changes: [String: Value]) -> String {
    do {
      _ = try configuration(changes)
      return ""
    } catch { return error.message }
  }

  @Test func readsWhatIsThere() throws {
    let sound = try configuration([:])
    #expect(sound.tokens == ["a", "b", "<end>"])
    #expect(sound.tokenTypes == [.normal, .normal, .control])
    #expect(sound.beginToken == 1 && sound.endToken == nil && !sound.addsBeginToken)
    #expect(sound.preTokenizer == "gpt-2" && sound.chatTemplate == nil)
  }

  @Test func endsOfTurnsStopAnAnswer() throws {
    let tokenizer = try Tokenizer(
      configuration(["ggml.eos_token_id": .integer(0), "ggml.eot_token_id": .integer(2)])
    )
    #expect(tokenizer.endToken == 0)
    #expect(tokenizer.stopTokens == [0, 2])
  }

  @Test func nothingIsGuessed() {
    let absent = message(["ggml.pre": .absent])
    #expect(absent.contains("tokenizer.ggml.pre") && absent.contains("smollm") && absent.contains("qwen2"))
    for name in ["default", "bloom"] {
      let unknown = message(["ggml.pre": .string(name)])
      #expect(unknown.contains(name) && unknown.contains("tokenizer.ggml.pre") && unknown.contains("smollm"))
    }
    #expect(message(["ggml.token_type": .absent]).contains("tokenizer.ggml.token_type"))
    #expect(message(["ggml.model": .absent]).contains("tokenizer.ggml.model"))
    for name in ["t5", "bert", "rwkv", "gemma4"] {
      #expect(message(["ggml.model": .string(name)]).contains("the tokenizer model \(name) is not supported"))
    }
    #expect(message(["ggml.tokens": .absent]).contains("tokenizer.ggml.tokens"))
    let begin = message(["ggml.add_bos_token": .bool(true), "ggml.bos_token_id": .absent])
    #expect(begin.contains("bos_token_id"))
  }

  @Test func sizesAreCompared() {
    #expect(
      message(["ggml.token_type": .integers([1, 1])]).contains("2 entries for the vocabulary's 3 tokens")
    )
    #expect(message(["ggml.scores": .integers([1, 1, 1, 1])]).contains("tokenizer.ggml.scores has 4"))
    for name in ["bos", "eos", "eot", "eom"] {
      for id in [-1, 3, 1 << 31, Int.max, Int.min] {
        #expect(message(["ggml.\(name)_token_id": .integer(id)]).contains("\(name)_token_id is \(id)"))
      }
    }
  }

  @Test func aWrongTypeIsNotTakenForAbsence() {
    for key in ["ggml.pre", "ggml.token_type", "chat_template", "ggml.bos_token_id", "ggml.add_bos_token"] {
      #expect(message([key: .strings(["x"])]).contains("tokenizer.\(key) is not"), "\(key)")
    }
  }

  @Test func whatCannotBeHonouredIsRefused() {
    for key in ["ggml.add_eos_token", "ggml.add_space_prefix"] {
      #expect(message([key: .bool(true)]).contains("tokenizer.\(key) is true"))
      #expect(message([key: .bool(false)]) == "")
    }
  }

  /// What a file of SentencePiece holds in place of merges.
  private static let sentencePiece: [String: Value] = [
    "ggml.model": .string("llama"), "ggml.pre": .string("default"), "ggml.merges": .absent,
    "ggml.scores": .floats([0, -1, -2]), "ggml.bos_token_id": .integer(0), "ggml.eos_token_id": .integer(2),
  ]

  private func pieces(_ changes: [String: Value]) -> [String: Value] {
    Self.sentencePiece.merging(changes) { $1 }
  }

  @Test func readsSentencePiece() throws {
    let sound = try configuration(pieces([:]))
    #expect(sound.kind == .sentencePiece && sound.scores == [0, -1, -2] && sound.merges == [])
    #expect(sound.preTokenizer == "llama")
    // What Llama 2 has where the file says nothing.
    #expect(sound.addsSpacePrefix && sound.addsBeginToken && !sound.removesExtraSpaces)
    #expect(!sound.stripsAfterSpecialTokens && sound.unknownToken == nil)
    let gemma = try configuration(
      pieces([
        "ggml.add_space_prefix": .bool(false), "ggml.add_bos_token": .bool(false),
        "ggml.unknown_token_id": .integer(1),
        "ggml.remove_extra_whitespaces": .bool(true),
      ])
    )
    #expect(!gemma.addsSpacePrefix && !gemma.addsBeginToken && gemma.removesExtraSpaces)
    #expect(gemma.unknownToken == 1)
  }

  @Test func sentencePieceNeedsItsScores() {
    #expect(message(pieces(["ggml.scores": .absent])).contains("tokenizer.ggml.scores"))
    #expect(message(pieces(["ggml.scores": .floats([1])])).contains("tokenizer.ggml.scores has 1"))
    #expect(message(pieces(["ggml.scores": .string("x")])).contains("tokenizer.ggml.scores is not"))
    #expect(message(pieces(["ggml.precompiled_charsmap": .integers([1])])).contains("precompiled_charsmap"))
    #expect(message(pieces(["ggml.unknown_token_id": .integer(3)])).contains("unknown_token_id is 3"))
    #expect(message(pieces(["ggml.add_eos_token": .bool(true)])).contains("add_eos_token is true"))
  }

  @Test func someFamiliesWantTheirBeginToken() throws {
    for (name, adds) in [("tekken", true), ("llama-bpe", true), ("qwen2", false)] {
      #expect(try configuration(["ggml.pre": .string(name)]).addsBeginToken == adds)
    }
    let absent = try configuration(["ggml.pre": .string("tekken"), "ggml.bos_token_id": .absent])
    #expect(!absent.addsBeginToken)
  }
}

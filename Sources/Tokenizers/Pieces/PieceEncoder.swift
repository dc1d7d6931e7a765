internal import HeapModule

/// Encodes pieces as tokens by merging, and caches short ones.
///
/// It is working memory: one caller uses it at a time.
struct PieceEncoder {
  private let vocabulary: Vocabulary
  private let merges: MergeTable
  private let ignoresMerges: Bool
  /// The symbols of a vocabulary of characters; nil for one of bytes.
  private let characters: CharacterSymbols?

  /// Pieces up to this length are cached; their bytes are the key.
  private static let longestKey = 15
  private static let cacheBits: UInt64 = 14
  /// Up to this many symbols the next merge is found by a linear search.
  private static let fewSymbols = 48
  /// Longer pieces are cut: this bounds the memory, and no text has such words.
  private static let longestPiece = 1 << 24
  /// No piece has this key: its byte for the length is 255.
  private static let emptyKey = SIMD2<UInt64>(0, .max)

  /// The cached pieces, by the hash of the key; a newer piece replaces an older one.
  private var keys: [SIMD2<UInt64>]
  /// Up to 7 tokens, and in the last lane their number.
  private var values: [SIMD8<Int32>]
  private var symbols: [Int32] = []
  private var pairs: [MergeTable.Merge] = []

  init(_ tables: TokenizerTables) {
    vocabulary = tables.vocabulary
    merges = tables.merges
    ignoresMerges = tables.ignoresMerges
    characters = tables.characters
    keys = Array(repeating: Self.emptyKey, count: 1 << Int(Self.cacheBits))
    values = Array(repeating: .zero, count: 1 << Int(Self.cacheBits))
  }

  /// Appends the tokens of a piece.
  mutating func encode(_ text: Span<UInt8>, _ start: Int, _ end: Int, into output: inout [Int32]) {
    let count = end - start
    guard count <= Self.longestKey else {
      var start = start
      while start < end {
        var cut = min(end, start + Self.longestPiece)
        // Not within a character: its first byte is at most three bytes away.
        if characters != nil { while cut < end, text[cut] & 0xC0 == 0x80 { cut -= 1 } }
        merge(text, start, cut, into: &output)
        start = cut
      }
      return
    }
    let key = Self.key(text, start, count)
    let slot = Int(
      truncatingIfNeeded: ((key.x ^ (key.y &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD)
        >> (64 - Self.cacheBits)
    )
    if keys[slot] == key {
      let value = values[slot]
      for lane in 0..<Int(value[7]) { output.append(value[lane]) }
      return
    }
    let before = output.count
    merge(text, start, end, into: &output)
    let added = output.count - before
    guard added <= 7 else { return }
    var value = SIMD8<Int32>.zero
    for lane in 0..<added { value[lane] = output[before + lane] }
    value[7] = Int32(added)
    keys[slot] = key
    values[slot] = value
  }

  /// The bytes of a short piece and its length in 16 bytes.
  @inline(__always)
  private static func key(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> SIMD2<UInt64> {
    var low: UInt64 = 0
    var high: UInt64 = 0
    if start + 16 <= text.count {
      let bytes = text.bytes
      low = bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
      high = bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
      // Shifts by 64 or more give 0.
      low &= ~(UInt64.max << (8 * count))
      high &= ~(UInt64.max << (8 * max(count - 8, 0)))
    } else {
      for index in 0..<min(count, 8) { low |= UInt64(text[start + index]) << (8 * index) }
      for index in 8..<max(count, 8) { high |= UInt64(text[start + index]) << (8 * (index - 8)) }
    }
    return SIMD2(low, high | UInt64(count) << 56)
  }

  private mutating func merge(_ text: Span<UInt8>, _ start: Int, _ end: Int, into output: inout [Int32]) {
    if ignoresMerges, let token = vocabulary.find(text.extracting(start..<end)) {
      output.append(token)
      return
    }
    symbols.removeAll(keepingCapacity: true)
    if let characters {
      var index = start
      while index < end {
        let character = UTF8Sequence(text, at: index)
        index += character.count
        if let symbol = characters.symbol(of: character.scalar) {
          symbols.append(symbol)
        } else {
          // It has no neighbour in any token, and so is a piece by itself.
          spell(character.scalar, into: &output)
        }
      }
    } else {
      for index in start..<end {
        let token = vocabulary.tokenOfByte[Int(text[index])]
        // A byte that the vocabulary cannot spell is left out, as the reference implementations do.
        if token >= 0 { symbols.append(token) }
      }
    }
    if symbols.count <= Self.fewSymbols { mergeFew() } else { mergeMany() }
    if let characters {
      for symbol in symbols {
        if let scalar = characters.bareCharacter(of: symbol) {
          spell(scalar, into: &output)
        } else {
          output.append(symbol)
        }
      }
    } else {
      output.append(contentsOf: symbols)
    }
    // A piece of megabytes must not keep its memory for ever.
    if symbols.capacity > 1 << 16 { symbols = [] }
  }

  /// Appends the tokens of a character that is none: those of its bytes, or the unknown token.
  private func spell(_ scalar: UInt32, into output: inout [Int32]) {
    guard vocabulary.spellsBytes, let scalar = Unicode.Scalar(scalar) else {
      if let token = vocabulary.unknownToken { output.append(token) }
      return
    }
    if scalar == " " {
      // To the vocabulary a space is U+2581.
      for byte in Spaces.escaped { output.append(vocabulary.tokenOfByte[Int(byte)]) }
    } else {
      for byte in String(scalar).utf8 { output.append(vocabulary.tokenOfByte[Int(byte)]) }
    }
  }

  /// Merges the pair of lowest rank, of equals the leftmost, until none is left. This is quadratic, and
  /// fastest for few symbols.
  private mutating func mergeFew() {
    guard symbols.count > 1 else { return }
    pairs.removeAll(keepingCapacity: true)
    for index in 0..<symbols.count - 1 { pairs.append(merges.merge(symbols[index], symbols[index + 1])) }
    while true {
      var best = MergeTable.none
      var place = 0
      // Only ranks count: different tokens may have the same one.
      for index in pairs.indices where pairs[index] >> 32 < best >> 32 {
        best = pairs[index]
        place = index
      }
      guard best != MergeTable.none else { return }
      symbols[place] = MergeTable.token(best)
      symbols.remove(at: place + 1)
      pairs.remove(at: place)
      if place > 0 { pairs[place - 1] = merges.merge(symbols[place - 1], symbols[place]) }
      if place < pairs.count { pairs[place] = merges.merge(symbols[place], symbols[place + 1]) }
    }
  }

  /// An entry of the heap: the rank of a merge, then its place.
  private static func entry(_ merge: MergeTable.Merge, at place: Int) -> UInt64 {
    merge & ~0xFFFF_FFFF | UInt64(place)
  }

  /// Merges in the same order with a heap over a linked list, in O(n log n).
  private mutating func mergeMany() {
    let count = symbols.count
    var next = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: Int32(index + 1)) }
      initialized = count
    }
    var previous = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: Int32(index - 1)) }
      initialized = count
    }
    // An entry is stale where the pair at its place has another rank by now.
    var queue: [UInt64] = []
    for index in 0..<count - 1 {
      let merge = merges.merge(symbols[index], symbols[index + 1])
      if merge != MergeTable.none { queue.append(Self.entry(merge, at: index)) }
    }
    var heap = Heap(queue)
    while let entry = heap.popMin() {
      let place = Int(entry & 0xFFFF_FFFF)
      let right = Int(next[place])
      guard symbols[place] >= 0, right < count else { continue }
      let merge = merges.merge(symbols[place], symbols[right])
      guard merge != MergeTable.none, merge >> 32 == entry >> 32 else { continue }
      symbols[place] = MergeTable.token(merge)
      symbols[right] = -1
      let after = Int(next[right])
      next[place] = Int32(after)
      if after < count {
        previous[after] = Int32(place)
        let merge = merges.merge(symbols[place], symbols[after])
        if merge != MergeTable.none { heap.insert(Self.entry(merge, at: place)) }
      }
      let before = Int(previous[place])
      if before >= 0 {
        let merge = merges.merge(symbols[before], symbols[place])
        if merge != MergeTable.none { heap.insert(Self.entry(merge, at: before)) }
      }
    }
    symbols.removeAll { $0 < 0 }
  }
}

"""The texts of the golden files of tokenizers."""
import random

AWKWARD = [
    "",
    " ",
    "  ",
    "\n",
    "Hello, world!",
    "Hello  world   and    more",
    " leading and trailing ",
    "trailing spaces   ",
    "   leading spaces",
    "line one\nline two\n\nparagraph\n\n\n\nfar",
    "line one\r\nline two\r\n\r\nparagraph\r\n",
    "old\rmac\r\rlines",
    "mixed \n \n \r\n \t\n  x",
    "tabs\tand\t\ttabs \t mixed \t",
    "\u00a0no-break\u00a0space\u00a0\u00a0twice \u00a0mixed\u00a0 ",
    "unicode\u2003em\u2009thin\u3000wide\u202fnarrow\u2028line\u2029para\u0085nel\u1680ogham\u205fm",
    "zero\u200bwidth\ufeffbom\u180evowel\u2060joiner",
    "1234567890 12 345 6,789.01 0x1F 1e-9",
    "2023-01-15T10:30:00Z v1.2.3-rc4",
    "\u2167 \u00b2 x\u00b2 \u00bd \u0661\u0662\u0663 \u0967\u0968 \u4e8c\u4e09 \u2460\u2461 1\u00b2\u21673",
    "I'm you're he's she'd we'll they've it's DON'T I'M YOU'RE 'S 'Ll 'tis ''s 'x",
    "don\u2019t \u2018quoted\u2019 \u201cdouble\u201d '\u017f it'\u017fhe",
    "'",
    "''",
    "'s",
    " 's",
    "a'",
    "'l",
    "'r",
    "'ve",
    "l'\u00e9t\u00e9 d'abord",
    "cafe\u0301 e\u0301\u0302 \u0301 n\u0303o Z\u0351\u036b\u0343a\u0300\u0320lgo",
    "na\u00efve \u00fcber stra\u00dfe \u00c5ngstr\u00f6m \u0130stanbul \u01c5",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea "
    "\u2764\ufe0f",
    "\U0001f600\U0001f601\U0001f602 smile\U0001f600",
    "\u4e2d\u6587\u5206\u8bcd\u6d4b\u8bd5\u3002\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8\u3001"
    "\ud55c\uad6d\uc5b4 \uc2dc\ud5d8",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645\u060c \u0643\u064e\u062a\u064e\u0628\u064e",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e \u0915\u094d\u0937\u093f",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u05e9\u05dc\u05d5\u05dd "
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u0393\u03b5\u03b9\u03ac",
    "\U0001d400\U0001d7d8 \U00020000\U0002a6d6 \U0010ffff\U000e0001 \ue000",
    "for (int i = 0; i < 10; i++) {\n\tprintf(\"%d\\n\", i);\n}\n",
    "    def f(x):\n        return x**2  # comment\n\n\n    y = f(3)\n",
    "123 12345 1234567 2023 90901 1111 a1234b 12,345",
    " antidisestablishmentarianism well,thats",
    "http://example.org/a_b-c?d=e&f=%20#g user@example.com",
    "...!!!???---***___+++===~~~```$$$^^^|||",
    "!\n\n?? \r\n(a)\n(b) .\nc ;\r\r\nd",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|> <|im_star <|im_end|><|im_end|>",
    "\x00\x01\x02\x1f\x7f control\x0b\x0c chars",
    "a" * 300,
    " " * 300,
    "ab" * 200 + "!" * 100,
    "\u4e2d" * 100,
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "Donaudampfschifffahrtsgesellschaftskapit\u00e4n",
]
INVALID = [
    b"ok \xff\xfe bad",
    b"cut \xe2\x82",
    b"over \xc0\x80 \xe0\x80\xaf long",
    b"sur \xed\xa0\x80 rogate",
    b"\xf0\x9f\x98 \xf0\x9f\x98\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80",
    b"\xe4\xb8\xe4\xb8\xad \x80\x80\x80 \xc3",
    b"latin caf\xe9 na\xefve",
]
ALPHABET = list("aZeth '\"sStTdlLrRvVm.,-(1290\n\r\t") + [
    " ", "  ", "\n\n", "\r\n", "'s", "'LL", "the", " and", "\u00a0", "\u2003", "\u3000", "\u00b2", "\u2167", "\u0664",
    "\u00e9", "\u0301", "\u017f", "\u4e2d", "\u0928\u092e", "\U0001f600", "\u200d", "\ufffd", "\u2028", "\u0085",
]

# More of what pre-tokenizers and SentencePiece tell apart.
WIDE = ALPHABET + [
    "\u2581", "\u2581\u2581", "   ", "\t\t", "\n\n\n", "<b>", "</b>", "<s>", "</s>", "<unk>", "<0x0A>", "<start_of_turn>",
    "\ufeff", "\ue000", "\x00", "\x0b", "\x1c", "A", "BC", "Ll", "x", "qu", "\u01c5", "\u02b0", "\u0438", "\u0416", "\u043c",
    "\u00f2", "\u1ec7", "\u3005", "\u30fc", "\u30ab", "\ud55c\uad6d", "\u0e17\u0e14", "\u0627", "\U0001f3fd", "/", "/\n",
    "\u00b7", "\u201c", "\u201d", "\u3002", "\uff0c", "\uff41", "\uff21", "\uff11", "\u00b3", "\u00bd", "12345", "678",
    "\u1680", "\u202f", "$", "+", "\u20ac", "_", "'Ve", "\u1b4e", "\u166d", "\u2e43", "ing", " ba", "de",
]


def random_texts(count, alphabet=ALPHABET):
    """Texts of 2 to 29 parts."""
    source = random.Random(7)
    lengths = (list(range(2, 30)) * (count // 28 + 1))[:count]
    return ["".join(source.choice(alphabet) for _ in range(length)).encode() for length in lengths]

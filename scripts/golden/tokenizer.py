#!/usr/bin/env python3
"""Writes Tests/TokenizersTests/Golden/*.json with the Python packages `tokenizers` and `gguf` (pip install both).

usage: tokenizer.py MODEL.gguf DOCUMENT.txt

For each family of pre-tokenizers a tokenizer is built from the model's tokens and merges: the ids of awkward and of
random strings, and for the document the number of ids and the SHA-256 of the ids as little-endian 32-bit integers.
classes.json holds the ranges of characters that the tokenizers' regular expressions take for letters, numbers and
spaces.
"""
import base64
import hashlib
import json
import pathlib
import random
import struct
import sys

import gguf
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")


def split(pattern):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


FAMILIES = {
    "smollm": pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    ),
    "gpt-2": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    "llama-bpe": split(LLAMA3),
    "qwen2": split(QWEN2),
}

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
# Merges and tokens beyond the model's, which has no merged digits: they tell the rules for numbers apart, and a token
# that no merge makes tells who looks for whole pieces first.
EXTRA_MERGES = ["1 2", "12 3", "123 4", "3 4", "34 5", "9 0", "0 1", "2 0", "20 2", "Ġ 1", "1 1"]
EXTRA_TOKENS = ["Ġantidisestablishmentarianism", "Ġwell,thats"]
ALPHABET = list("aZeth '\"sStTdlLrRvVm.,-(1290\n\r\t") + [
    " ", "  ", "\n\n", "\r\n", "'s", "'LL", "the", " and", "\u00a0", "\u2003", "\u3000", "\u00b2", "\u2167", "\u0664",
    "\u00e9", "\u0301", "\u017f", "\u4e2d", "\u0928\u092e", "\U0001f600", "\u200d", "\ufffd", "\u2028", "\u0085",
]


def awkward():
    texts = [text.encode() for text in AWKWARD] + INVALID
    source = random.Random(7)
    for length in list(range(2, 30)) * 10:
        texts.append("".join(source.choice(ALPHABET) for _ in range(length)).encode())
    return texts


def build(family, tokens, merges):
    model = models.BPE(
        {token: index for index, token in enumerate(tokens)},
        [tuple(merge.split(" ")) for merge in merges],
        ignore_merges=family == "llama-bpe",
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = FAMILIES[family]
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def ranges(numbers):
    result = []
    for number in sorted(numbers):
        if result and result[-1][1] == number - 1:
            result[-1][1] = number
        else:
            result.append([number, number])
    return result


def classes():
    scalars = [scalar for scalar in range(0x110000) if not 0xD800 <= scalar < 0xE000]
    result = {}
    for name, pattern in [("letter", r"\p{L}"), ("number", r"\p{N}"), ("space", r"\s")]:
        remover = pre_tokenizers.Split(Regex(pattern), behavior="removed")
        members = []
        for first in range(0, len(scalars), 4096):
            block = scalars[first : first + 4096]
            kept = set()
            for _, (start, end) in remover.pre_tokenize_str("".join(map(chr, block))):
                kept.update(range(start, end))
            members += [scalar for place, scalar in enumerate(block) if place not in kept]
        result[name] = ranges(members)
    return result


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    reader = gguf.GGUFReader(sys.argv[1])
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    document = pathlib.Path(sys.argv[2]).read_bytes().decode("utf-8", errors="replace")
    folder = pathlib.Path(__file__).resolve().parents[2] / "Tests/TokenizersTests/Golden"
    folder.mkdir(parents=True, exist_ok=True)

    def write(name, value):
        lines = json.dumps(value, indent=None, separators=(",", ":")).replace("},{", "},\n{")
        (folder / name).write_text(lines + "\n")

    for family in FAMILIES:
        made = [] if family == "smollm" else EXTRA_MERGES
        extra = [] if family == "smollm" else [merge.replace(" ", "") for merge in made] + EXTRA_TOKENS
        tokenizer = build(family, tokens + extra, merges + made)
        cases = []
        for data in awkward():
            text = data.decode("utf-8", errors="replace")
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            cases.append({"utf8": base64.b64encode(data).decode(), "ids": ids})
        ids = tokenizer.encode(document, add_special_tokens=False).ids
        digest = hashlib.sha256(struct.pack(f"<{len(ids)}I", *ids)).hexdigest()
        value = {"extraMerges": made, "extraTokens": extra, "cases": cases, "document": {"count": len(ids), "sha256": digest}}
        if family == "smollm":
            tokenizer.add_special_tokens(
                [AddedToken(token, special=True) for token, kind in zip(tokens, types) if kind == 3]
            )
            value["special"] = [
                {"utf8": base64.b64encode(data).decode(), "ids": tokenizer.encode(data.decode()).ids}
                for data in [
                    b"<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
                    b"<|im_start|><|im_end|><|im_end|> <|endoftext|>x",
                    b"a <|im_star<|im_end|>  <|im_end|>\n\n<repo_name>b<reponame>c<<|im_end|>>",
                ]
            ]
        write(f"{family}.json", value)
        print(f"{family}: {len(cases)} cases, {len(ids)} ids in the document")
    write("classes.json", classes())
    print(f"tokenizers {tokenizers.__version__}")


main()

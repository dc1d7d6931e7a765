#!/usr/bin/env python3
"""Writes Tests/TokenizersTests/Golden/*.json with the Python packages `tokenizers` and `gguf` (pip install both).

usage: tokenizer.py MODEL.gguf DOCUMENT.txt

For each family of pre-tokenizers a tokenizer is built from the model's tokens and merges: the ids of awkward and of
random strings, and for the document the number of ids and the SHA-256 of the ids as little-endian 32-bit integers.
classes.json holds the ranges of characters that the tokenizers' regular expressions take for letters, numbers and
spaces, and categories.json those of the finer categories.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

import gguf
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from awkward import AWKWARD, INVALID, random_texts

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

# Merges and tokens beyond the model's, which has no merged digits: they tell the rules for numbers apart, and a token
# that no merge makes tells who looks for whole pieces first.
EXTRA_MERGES = ["1 2", "12 3", "123 4", "3 4", "34 5", "9 0", "0 1", "2 0", "20 2", "Ġ 1", "1 1"]
EXTRA_TOKENS = ["Ġantidisestablishmentarianism", "Ġwell,thats"]
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


def classes(patterns):
    scalars = [scalar for scalar in range(0x110000) if not 0xD800 <= scalar < 0xE000]
    result = {}
    for name, pattern in patterns.items():
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
        for data in [text.encode() for text in AWKWARD] + INVALID + random_texts(280):
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
    write("classes.json", classes({"letter": r"\p{L}", "number": r"\p{N}", "space": r"\s"}))
    categories = {"upper": r"[\p{Lu}\p{Lt}]", "lower": r"\p{Ll}", "caseless": r"[\p{Lm}\p{Lo}]", "mark": r"\p{M}"}
    write("categories.json", classes({**categories, "punctuation": r"\p{P}", "symbol": r"\p{S}"}))
    print(f"tokenizers {tokenizers.__version__}")


main()

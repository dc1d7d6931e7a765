#!/usr/bin/env python3
"""Writes Tests/TokenizersTests/Golden/{pieces,families}/*.json: tiny vocabularies, trained on text that is made here,
and the ids that the Python packages `sentencepiece` and `tokenizers` give for awkward texts.

usage: vocabularies.py            (pip install -r requirements.txt; no files are needed)

pieces/NAME.json holds a SentencePiece BPE vocabulary, as a model file would, and cases with ids and decoded text.
families/vocabulary.json holds one byte-level vocabulary that was trained without cutting text, so that its merges
cross whatever a family cuts; families/NAME.json holds the ids that come out with the family's cuts.
"""
import base64
import io
import json
import pathlib
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as protobuf
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from awkward import AWKWARD, INVALID, WIDE, random_texts

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/TokenizersTests/Golden"
ENDINGS = ["", "s", "ed", "ing", "er", "ly", "'s", "'ll", "\u00e9", "tion"]


def words(source):
    """Words of made-up languages, the first ones the most frequent."""
    latin = ["ba", "de", "ti", "lo", "qu", "ran", "the", "st", "\u00e9", "\u00fc", "ng", "co", "m", "pre", "u", "z"]
    scripts = [
        list("\u0430\u0435\u0438\u043e\u043d\u0442\u0440\u0441\u0432\u043a\u043b\u043c"),
        list("\u4e2d\u6587\u5206\u8bcd\u6d4b\u8bd5\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8"),
        list("\u0928\u092e\u0938\u094d\u0924\u0947\u0926\u0941\u093f\u092f\u093e\u0915\u0937"),
        list("\u0627\u0644\u0633\u0645\u0639\u064a\u0643\u062a\u0628\u064e"),
        list("\ud55c\uad6d\uc5b4\uc2dc\ud5d8"),
    ]
    made = []
    for number in range(400):
        syllables = latin if number % 4 else source.choice(scripts)
        word = "".join(source.choice(syllables) for _ in range(source.randint(1, 4)))
        made.append(word.capitalize() if source.random() < 0.2 else word)
    return made


def corpus(lines=3000):
    source = random.Random(1)
    made = words(source)
    marks = [". ", ", ", "; ", "! ", "? ", " - ", ": ", " (", ") ", "\n", "\n\n", "...", "\t", "/", "  ", "   ", "' "]
    result = []
    for _ in range(lines):
        text = ""
        for _ in range(source.randint(3, 30)):
            pick = source.random()
            if pick < 0.75:
                text += " " * (source.random() < 0.9) + made[min(int(source.expovariate(0.02)), 399)]
                text += source.choice(ENDINGS) if pick < 0.2 else ""
            elif pick < 0.83:
                text += " " + str(source.randrange(10 ** source.randint(1, 7)))
            elif pick < 0.85:
                text += source.choice(["\U0001f600", "\U0001f44d", "\u2764\ufe0f", "<b>", "</b>", "{};", "==", "->"])
            else:
                text += source.choice(marks)
        result.append(text)
    return result


def texts():
    return [text.encode() for text in AWKWARD] + INVALID + random_texts(336, WIDE)


def write(name, value):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = json.dumps(value, separators=(",", ":")).replace("},{", "},\n{")
    path.write_text(lines + "\n")
    print(f"{name}: {len(value.get('cases', []))} cases, {path.stat().st_size} bytes")


def train(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line.replace("\n", " ") for line in corpus()), model_writer=model, model_type="bpe",
        normalization_rule_name="identity", num_threads=1, hard_vocab_limit=False, minloglevel=2,
        character_coverage=0.999, **options
    )
    proto = protobuf.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto


def drop(proto, is_dropped):
    kept = [piece for piece in proto.pieces if not is_dropped(piece)]
    copies = [(piece.piece, piece.score, piece.type) for piece in kept]
    del proto.pieces[:]
    for text, score, kind in copies:
        proto.pieces.add(piece=text, score=score, type=kind)


def sentence_pieces():
    llama = dict(byte_fallback=True, remove_extra_whitespaces=False, split_digits=True, vocab_size=1200)
    gemma = dict(
        byte_fallback=True, remove_extra_whitespaces=False, add_dummy_prefix=False, vocab_size=1400,
        split_by_whitespace=False, control_symbols=["<start_of_turn>", "<end_of_turn>"],
        user_defined_symbols=["\n", "\n\n", "\n\n\n", "\u2581\u2581", "\u2581\u2581\u2581", "<b>", "</b>"],
    )
    made = {
        "prefix": train(**llama),
        "gemma": train(**gemma),
        "single-spaces": train(**{**llama, "remove_extra_whitespaces": True}),
        "unknown": train(**{**llama, "byte_fallback": False, "add_dummy_prefix": False}),
        # Tokens of equal scores, and characters that only occur within tokens.
        "ties": train(**llama),
    }
    ties = made["ties"]
    drop(ties, lambda piece: piece.type == 1 and piece.piece in ("q", "e", "\u0438", "\u2581"))
    for index, piece in enumerate(ties.pieces):
        if piece.type == 1:
            piece.score = -float(index // 40)
    for name, proto in made.items():
        processor = sentencepiece.SentencePieceProcessor()
        processor.LoadFromSerializedProto(proto.SerializeToString())
        cases = []
        for data in texts():
            text = data.decode("utf-8", errors="replace")
            ids = processor.EncodeAsIds(text)
            case = {"utf8": base64.b64encode(data).decode(), "ids": ids}
            if 0 not in ids:
                case["text"] = processor.DecodeIds(ids)
            cases.append(case)
        write(f"pieces/{name}.json", {
            # Model files spell the spaces of user-defined tokens as spaces.
            "tokens": [p.piece.replace("\u2581", " ") if p.type == 4 else p.piece for p in proto.pieces],
            "types": [p.type for p in proto.pieces],
            "scores": [p.score for p in proto.pieces],
            "addsSpacePrefix": proto.normalizer_spec.add_dummy_prefix,
            "removesExtraSpaces": proto.normalizer_spec.remove_extra_whitespaces,
            "cases": cases,
        })


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CASED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+C"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*C"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# The letters with case of deepseek-ai/deepseek-llm-7b-base.
DEEPSEEK_LETTERS = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376"
    "\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556"
    "\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a"
    "\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
    "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc"
    "\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f"
    "\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b"
    "\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2"
    "\U000118a0-\U000118df\U0001e900-\U0001e943"
)
EASTERN = split("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+")
DIGITS = pre_tokenizers.Digits(individual_digits=True)
FAMILIES = {
    "gpt-2": [GPT2],
    "smollm": [DIGITS, GPT2],
    "llama-bpe": [split(LLAMA3), BYTES],
    "smaug-bpe": [split(LLAMA3), BYTES],
    "qwen2": [split(LLAMA3.replace("{1,3}", "")), BYTES],
    "tekken": [split(CASED.replace("C", "").replace("{1,3}", "")), BYTES],
    "gpt-4o": [split(CASED.replace("C", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?")), BYTES],
    "deepseek-llm": [
        split("[\r\n]"), split(rf"\s?[{DEEPSEEK_LETTERS}]+"),
        split("\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+"), split(r"\s+$"), EASTERN, DIGITS, BYTES,
    ],
    "deepseek-coder": [split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), EASTERN, DIGITS, BYTES],
    "falcon": [
        pre_tokenizers.Punctuation(behavior="contiguous"), GPT2, pre_tokenizers.Digits(individual_digits=False),
        split("[0-9][0-9][0-9]"),
    ],
}


def families():
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = BYTES
    trainer = trainers.BpeTrainer(
        vocab_size=1500, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    awkward = [data.decode("utf-8", errors="replace") for data in texts()]
    trained.train_from_iterator(corpus(1000) + awkward * 3, trainer)
    model = json.loads(trained.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    # A token that no merge makes tells who looks for whole pieces first.
    for token in ["\u0120antidisestablishmentarianism", "Donaudampfschifffahrtsgesellschaftskapit\u00c3\u00a4n"]:
        model["vocab"][token] = len(tokens)
        tokens.append(token)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    write("families/vocabulary.json", {"tokens": tokens, "merges": merges})
    for name, cuts in FAMILIES.items():
        tokenizer = Tokenizer(
            models.BPE(
                model["vocab"], [tuple(merge.split(" ")) for merge in merges],
                ignore_merges=name in ("llama-bpe", "tekken"),
            )
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cuts)
        tokenizer.decoder = decoders.ByteLevel()
        write(f"families/{name}.json", {
            "cases": [
                {"utf8": base64.b64encode(data).decode(), "ids": tokenizer.encode(text, add_special_tokens=False).ids}
                for data, text in zip(texts(), awkward)
            ]
        })


if __name__ == "__main__":
    sentence_pieces()
    families()
    print(f"sentencepiece {sentencepiece.__version__}")

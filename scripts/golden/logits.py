#!/usr/bin/env python3
"""Writes the golden logits of the plain forward pass, from Hugging Face transformers in float32.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r scripts/golden/requirements.txt
    /tmp/golden/bin/python scripts/golden/logits.py MODEL.gguf DOCUMENT.txt Tests/TransformerTests/Golden/logits_f32.json

The weights are the ones in the file, dequantised to float32. The token ids are written along, so that a test of the
forward pass needs no tokenizer.
"""

import argparse
import hashlib
import json
import pathlib

import tokenizers
import torch
import transformers

TOKENS = 256
SKIPPED = 8000
TOP = 5
SAMPLE_START, SAMPLE_STRIDE, SAMPLE_COUNT = 7, 761, 64
CONTINUATION = 32
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
QUESTION = "Write the numbers from 1 to 20, separated by commas."  # wide margins between the best two tokens


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write the golden logits of a GGUF model.")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    return parser.parse_args()


def rounded(values: torch.Tensor) -> list:
    """Five decimals: far below the tolerance of the tests, and a third of the size."""
    return [round(value, 5) for value in values.tolist()]


def document_tokens(tokenizer, text: str) -> list[int]:
    """The first tokens of the first paragraph that begins past the table of contents."""
    start = len(tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)[:SKIPPED]))
    paragraph = text.index("\n\n", start) + 2
    return tokenizer.encode(text[paragraph:], add_special_tokens=False)[:TOKENS]


def greedy(model, prompt: list[int]) -> list[int]:
    """Plain argmax without a cache, so that nothing but the forward pass is trusted."""
    tokens = list(prompt)
    for _ in range(CONTINUATION):
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0, -1]
        tokens.append(int(logits.argmax()))
    return tokens[len(prompt):]


def main() -> None:
    options = arguments()
    folder, name = str(options.model.parent), options.model.name
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    # The file says `smollm`: digits stand alone. The conversion from GGUF leaves that step out.
    split = tokenizers.pre_tokenizers
    tokenizer.backend_tokenizer.pre_tokenizer = split.Sequence(
        [split.Digits(individual_digits=True), split.ByteLevel(add_prefix_space=False)])
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=name, dtype=torch.float32, attn_implementation="eager").eval()

    tokens = document_tokens(tokenizer, options.document.read_text(encoding="utf-8"))
    prompt = tokenizer.encode(
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n",
        add_special_tokens=False)

    with torch.inference_mode():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0].float()
        continuation = greedy(model, prompt)
        continuation_logits = model(torch.tensor([prompt + continuation]), use_cache=False).logits[0]

    sample = [(SAMPLE_START + SAMPLE_STRIDE * i) % logits.shape[1] for i in range(SAMPLE_COUNT)]
    positions = []
    for row in logits:
        best = row.topk(TOP)
        positions.append({
            "top_ids": best.indices.tolist(),
            "top_logits": rounded(best.values),
            "log_sum_exp": round(row.logsumexp(0).item(), 5),
            "sample": rounded(row[sample]),
        })
    nll = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(tokens[1:]), reduction="none")
    margins = continuation_logits[len(prompt) - 1:-1].topk(2).values

    golden = {
        "generator": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, float32",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "text": tokenizer.decode(tokens),
        "tokens": tokens,
        "sample_ids": sample,
        "mean_nll": round(nll.mean().item(), 6),
        "next_token_nll": rounded(nll),
        "greedy": {
            "prompt": prompt,
            "continuation": continuation,
            "margins": rounded(margins[:, 0] - margins[:, 1]),
            "text": tokenizer.decode(continuation),
        },
        "positions": positions,
    }
    options.output.write_text(json.dumps(golden, separators=(",", ":")).replace("},{", "},\n{") + "\n")
    print(f"{len(tokens)} tokens, mean NLL {nll.mean():.4f}, {options.output.stat().st_size} bytes")
    print(repr(golden["text"]))
    print(repr(golden["greedy"]["text"]), min(golden["greedy"]["margins"]))


if __name__ == "__main__":
    main()

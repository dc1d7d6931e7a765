#!/usr/bin/env python3
"""Writes the golden logits of a tiny Qwen2 model, from Hugging Face transformers in float32.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r scripts/golden/requirements.txt
    /tmp/golden/bin/python scripts/golden/qwen2.py Tests/TransformerTests/Golden/qwen2_f32.json

The weights come out of a hash of their place, which Tests/TransformerTests/TinyModelFile.swift repeats bit for bit.
Sizes, factors and the order of the tensors are the same there.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
import transformers

TOKENS = 20
EMBEDDING, LAYERS, HEADS, KV_HEADS, HEAD_DIMENSION, FEED_FORWARD, VOCABULARY = 128, 2, 2, 1, 64, 96, 80
SPREAD = {"embedding": 2, "matrix": 0.4, "bias": 3, "norm": 0.5}  # the distance from the least to the largest


def noise(count: int, tensor: int) -> np.ndarray:
    """Evenly spread over -0.5 to 0.5 in steps of 2^-24, hence exact in float32 (MurmurHash3's finaliser)."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(tensor * 2246822519 % 2**32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)


def kind(name: str) -> str:
    if name.endswith(".bias"):
        return "bias"
    return "norm" if "norm" in name else "embedding" if "embed" in name else "matrix"


def names() -> list[str]:
    result = ["model.embed_tokens.weight"]
    for layer in range(LAYERS):
        result += [f"model.layers.{layer}.{name}" for name in (
            "input_layernorm.weight",
            "self_attn.q_proj.weight", "self_attn.q_proj.bias",
            "self_attn.k_proj.weight", "self_attn.k_proj.bias",
            "self_attn.v_proj.weight", "self_attn.v_proj.bias",
            "self_attn.o_proj.weight",
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight",
        )]
    return result + ["model.norm.weight", "lm_head.weight"]


def filled(model) -> None:
    state = model.state_dict()
    assert set(state) == set(names()), set(state) ^ set(names())
    for number, name in enumerate(names()):
        values = noise(state[name].numel(), number) * np.float32(SPREAD[kind(name)])
        if kind(name) == "norm":
            values = np.float32(1) + values
        state[name].copy_(torch.from_numpy(values).reshape(state[name].shape))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the golden logits of a tiny Qwen2 model.")
    parser.add_argument("output", type=pathlib.Path)
    output = parser.parse_args().output

    model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=EMBEDDING, intermediate_size=FEED_FORWARD, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=512, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=False,
        attn_implementation="eager")).float().eval()
    assert model.model.layers[0].self_attn.head_dim == HEAD_DIMENSION

    tokens = [(11 + 29 * i) % VOCABULARY for i in range(TOKENS)]
    with torch.inference_mode():
        filled(model)
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
        best = logits.topk(2).values
        for name, values in model.state_dict().items():
            if kind(name) == "bias":
                values.zero_()
        unbiased = model(torch.tensor([tokens]), use_cache=False).logits[0]

    golden = {
        "generator": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, float32",
        "tokens": tokens,
        "logits": [[round(value, 6) for value in row] for row in logits.tolist()],
    }
    output.write_text(json.dumps(golden, separators=(",", ":")).replace("],[", "],\n[") + "\n")
    print(f"{output.stat().st_size} bytes, standard deviation {logits.std():.3f}, largest {logits.abs().max():.3f}")
    print(f"margins {sorted(round(v, 3) for v in (best[:, 0] - best[:, 1]).tolist())}")
    print(f"without biases {(unbiased - logits).abs().max():.3f} away")


if __name__ == "__main__":
    main()

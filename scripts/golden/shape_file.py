#!/usr/bin/env python3
"""Writes a model file of the size and the shapes of a large model, with random weights, to measure memory and speed.

usage: shape_file.py OUTPUT [--layers N] [--embedding N] [--feed-forward N] [--heads N] [--kv-heads N] [--vocabulary N]

Without options: the shapes of Llama 3 8B in the types of Q4_K_M, about 4.9 GB (pip install gguf numpy). Tokens are
single bytes and fillers, so that any text can be read; answers make no sense. The weights of a type are a pattern
that is repeated from another place for each tensor.
"""
import argparse
import math

import gguf
import numpy as np

PATTERN = 1 << 16  # blocks
DEVIATION = 0.02  # of the weights
# The f16 fields of a block: the place of each, and its value for weights with a standard deviation of one.
HALVES = {"Q4_K": [(0, 1 / 258), (2, 7.5 / 258)], "Q6_K": [(208, 1 / 1366)]}


def pattern(name: str) -> np.ndarray:
    size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]][1]
    blocks = np.random.default_rng(1).integers(0, 256, (PATTERN, size), dtype=np.uint8)
    for place, value in HALVES[name]:
        blocks[:, place : place + 2] = np.array([DEVIATION * value], dtype=np.float16).view(np.uint8)
    return blocks


def byte_tokens() -> list[str]:
    """The letters that stand for bytes in byte-level vocabularies."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def tensors(o: argparse.Namespace) -> list[tuple[str, str, tuple[int, ...]]]:
    """Names, types and shapes; llama.cpp's Q4_K_M has more bits in the layers that are sensitive."""
    width, heads = o.embedding // o.heads, o.kv_heads
    result = [("token_embd.weight", "Q4_K", (o.vocabulary, o.embedding))]
    for i in range(o.layers):
        more = i < o.layers // 8 or i >= 7 * o.layers // 8 or (i - o.layers // 8) % 3 == 2
        fine = "Q6_K" if more else "Q4_K"
        result += [(f"blk.{i}.{name}.weight", kind, shape) for name, kind, shape in (
            ("attn_norm", "F32", (o.embedding,)),
            ("attn_q", "Q4_K", (o.embedding, o.embedding)),
            ("attn_k", "Q4_K", (heads * width, o.embedding)),
            ("attn_v", fine, (heads * width, o.embedding)),
            ("attn_output", "Q4_K", (o.embedding, o.embedding)),
            ("ffn_norm", "F32", (o.embedding,)),
            ("ffn_gate", "Q4_K", (o.feed_forward, o.embedding)),
            ("ffn_up", "Q4_K", (o.feed_forward, o.embedding)),
            ("ffn_down", fine, (o.embedding, o.feed_forward)),
        )]
    result.append(("output_norm.weight", "F32", (o.embedding,)))
    return result + [("output.weight", "Q6_K", (o.vocabulary, o.embedding))]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a model file of random weights.")
    parser.add_argument("output")
    for name, value in (("layers", 32), ("embedding", 4096), ("feed-forward", 14336), ("heads", 32), ("kv-heads", 8),
                        ("vocabulary", 128256), ("context", 8192)):
        parser.add_argument(f"--{name}", type=int, default=value)
    o = parser.parse_args()

    writer = gguf.GGUFWriter(o.output, "llama")
    writer.add_name("random weights")
    writer.add_block_count(o.layers)
    writer.add_context_length(o.context)
    writer.add_embedding_length(o.embedding)
    writer.add_feed_forward_length(o.feed_forward)
    writer.add_head_count(o.heads)
    writer.add_head_count_kv(o.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000)
    writer.add_rope_dimension_count(o.embedding // o.heads)
    writer.add_vocab_size(o.vocabulary)
    ends = ["<|begin_of_text|>", "<|end_of_text|>"]
    words = byte_tokens() + ["Ġt"]
    words += [f"<filler {i}>" for i in range(o.vocabulary - len(words) - len(ends))] + ends
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(words)
    writer.add_token_types([1] * (o.vocabulary - len(ends)) + [3] * len(ends))
    writer.add_token_merges(["Ġ t"])
    writer.add_bos_token_id(o.vocabulary - 2)
    writer.add_eos_token_id(o.vocabulary - 1)

    plan = []
    for name, kind, shape in tensors(o):
        number = gguf.GGMLQuantizationType[kind]
        length, size = gguf.GGML_QUANT_SIZES[number]
        blocks = math.prod(shape) // length
        writer.add_tensor_info(name, shape, np.dtype(np.float32), blocks * size, raw_dtype=number)
        plan.append((kind, blocks))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    patterns = {kind: pattern(kind) for kind in HALVES}
    for number, (kind, blocks) in enumerate(plan):
        if kind == "F32":
            writer.write_tensor_data(np.ones(blocks, dtype=np.float32))
        else:
            places = (np.arange(blocks) + number * 4099) % PATTERN
            writer.write_tensor_data(patterns[kind][places])
    writer.close()


if __name__ == "__main__":
    main()

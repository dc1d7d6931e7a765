#!/usr/bin/env python3
"""Writes what llama.cpp predicts for real text with a model file of one's own: Tests/TransformerTests/Golden/files/*.json.

usage: real_files.py MODEL.gguf DOCUMENT.txt [OUTPUT.json]     (pip install -r requirements.txt llama-cpp-python==0.3.36)

The tensors are unpacked to f32 first, into a file beside the output that is removed again: llama.cpp rounds activations
where weights have blocks, and it is the model that is wanted, not that rounding. The tokens are those of llama.cpp too.
"""
import argparse
import ctypes
import hashlib
import json
import pathlib
import tempfile

import gguf
import llama_cpp
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/TransformerTests/Golden/files"
TOKENS = 1000
SKIPPED = 30_000  # characters: past the table of contents


def unpack(source: str, target: str) -> None:
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.get_field("general.architecture").contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_key_value(field.name, field.contents(), kind, field.types[-1])
        else:
            writer.add_key_value(field.name, field.contents(), kind)
    unpacked = [(t, gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32)) for t in reader.tensors]
    for tensor, data in unpacked:
        writer.add_tensor_info(tensor.name, data.shape, np.dtype(np.float32), data.nbytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, data in unpacked:
        writer.write_tensor_data(np.ascontiguousarray(data))
    writer.close()


def tokens_of(vocabulary, text: bytes) -> list[int]:
    room = (llama_cpp.llama_token * (len(text) + 8))()
    count = llama_cpp.llama_tokenize(vocabulary, text, len(text), room, len(room), True, False)
    return list(room[:count])[:TOKENS]


def rows(model, tokens: list[int], vocabulary: int):
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx, settings.n_batch, settings.n_ubatch = TOKENS + 24, TOKENS + 24, 256
    settings.n_threads = settings.n_threads_batch = 2
    settings.type_k = settings.type_v = 0  # f32
    settings.flash_attn_type, settings.swa_full = 0, True
    context = llama_cpp.llama_init_from_model(model, settings)
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.logits[i] = token, i, 1
        batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
    assert llama_cpp.llama_decode(context, batch) == 0
    for i in range(len(tokens)):
        yield np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, i), shape=(vocabulary,)).astype(np.float64)


@llama_cpp.llama_log_callback
def silent(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Write llama.cpp's predictions for a model file.")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    output = options.output or FOLDER / (options.model.stem + ".json")
    text = options.document.read_text(encoding="utf-8")
    text = text[text.index("\n\n", SKIPPED) + 2:][:20 * TOKENS]

    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        unpack(str(options.model), f"{folder}/f32.gguf")
        model = llama_cpp.llama_model_load_from_file(
            f"{folder}/f32.gguf".encode(), llama_cpp.llama_model_default_params())
        vocabulary = llama_cpp.llama_model_get_vocab(model)
        tokens = tokens_of(vocabulary, text.encode())
        best, margins, losses = [], [], []
        for i, row in enumerate(rows(model, tokens, llama_cpp.llama_vocab_n_tokens(vocabulary))):
            second, first = np.partition(row, -2)[-2:]
            best.append(int(row.argmax()))
            margins.append(round(first - second, 3))
            if i + 1 < len(tokens):
                losses.append(round(first + np.log(np.exp(row - first).sum()) - row[tokens[i + 1]], 4))
    golden = {
        "generator": "llama-cpp-python 0.3.36, weights and keys in float32",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "tokens": tokens, "best": best, "margins": margins, "next_token_nll": losses,
    }
    output.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(f"{len(tokens)} tokens, mean NLL {np.mean(losses):.4f}, {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the files of the conformance cases with llama.cpp, and compares its logits with those of transformers.

usage: second_opinion.py [CASE…]     (pip install -r requirements.txt llama-cpp-python==0.3.36)

So it is known that a file means to llama.cpp what scripts/golden/architectures.py takes it to mean. Tensors are
written in f32, as what their blocks stand for, since llama.cpp rounds activations where weights have blocks; with
BLOCKS=1 in the environment the blocks themselves are written, and the logits are some hundredths away.
"""
import ctypes
import json
import os
import sys
import tempfile

import gguf
import llama_cpp
import numpy as np

from architectures import FOLDER, VOCABULARY, filled, stored

# llama.cpp rounds to f16 on the way into and out of GELU; the many layers of the largest models carry that on.
TOLERANCE = {"gemma2": 1e-2, "gemma3": 1e-2}
DIFFERENT = {
    "llama-window": "llama.cpp knows no windows of this architecture",
    "phi3-window": "llama.cpp ignores the windows of this architecture",
}


def write(case: dict, path: str) -> None:
    writer = gguf.GGUFWriter(path, case["metadata"][0]["value"])
    for pair in case["metadata"][1:]:
        if pair["type"].endswith("[]"):
            writer.add_array(pair["key"], pair["value"])
        else:
            writer.add_key_value(pair["key"], pair["value"], gguf.GGUFValueType[pair["type"]])
    for tensor in case["tensors"]:
        kind = gguf.GGMLQuantizationType[tensor["type"]]
        if "BLOCKS" in os.environ and kind != gguf.GGMLQuantizationType.F32:
            writer.add_tensor(tensor["name"], stored(tensor), raw_dtype=kind)
        else:
            writer.add_tensor(tensor["name"], np.ascontiguousarray(filled(tensor), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def logits(case: dict, path: str) -> np.ndarray | None:
    options = llama_cpp.llama_model_default_params()
    options.use_mmap = False
    model = llama_cpp.llama_model_load_from_file(path.encode(), options)
    if not model:
        return None
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx, settings.n_threads, settings.n_threads_batch = 256, 1, 1
    settings.type_k = settings.type_v = 0  # f32
    settings.flash_attn_type, settings.swa_full = 0, True
    for pair in case["metadata"]:
        # Only some architectures have these read from their files.
        name = pair["key"].rpartition(".")[2]
        if name in ("yarn_beta_fast", "yarn_beta_slow"):
            setattr(settings, name, pair["value"])
    context, tokens = llama_cpp.llama_init_from_model(model, settings), case["tokens"]
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.logits[i] = token, i, 1
        batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
    assert llama_cpp.llama_decode(context, batch) == 0
    rows = [llama_cpp.llama_get_logits_ith(context, i) for i in range(len(tokens))]
    result = np.array([np.ctypeslib.as_array(row, shape=(VOCABULARY,)) for row in rows])
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return result


@llama_cpp.llama_log_callback
def silent(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    pass


def main() -> None:
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    wrong = 0
    for file in sorted(FOLDER.glob("*.json")):
        case = json.loads(file.read_text())
        if "refused" in case or sys.argv[1:] and file.stem not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.gguf"
            write(case, path)
            result = logits(case, path)
        away = np.inf if result is None else np.abs(result - np.array(case["logits"])).max()
        same = away < (0.3 if "BLOCKS" in os.environ else TOLERANCE.get(case["architecture"], 1e-4))
        verdict = "agrees" if same else DIFFERENT.get(file.stem, "DIFFERS")
        wrong += verdict == "DIFFERS"
        print(f"{file.stem}: {away:.5f} away, {verdict}")
    sys.exit(wrong)


if __name__ == "__main__":
    main()

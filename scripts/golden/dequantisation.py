#!/usr/bin/env python3
"""Writes Tests/GGUFTests/Golden/dequantisation.json: for each tensor type some blocks of bytes and the floats
which the reference implementation, the Python package `gguf` (pip install gguf numpy), makes of them.

The blocks are random bytes with sane scales, so that all bit patterns of the packed integers occur.
"""
import base64
import json
import pathlib

import gguf
import numpy as np

ROWS, BLOCKS_PER_ROW = 3, 2

# For each type the byte offsets of its f16 fields in a block.
HALVES = {
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}


def main():
    random = np.random.default_rng(20240607)
    result = []
    for name in ["F32", "F16", "BF16", *HALVES]:
        kind = gguf.GGMLQuantizationType[name]
        length, size = gguf.GGML_QUANT_SIZES[kind]
        per_row = BLOCKS_PER_ROW if name in HALVES else 48
        data = random.integers(0, 256, (ROWS, per_row, size), dtype=np.uint8)
        for place in HALVES.get(name, []):
            scales = random.normal(0, 0.05, (ROWS, per_row)).astype(np.float16)
            # A subnormal scale and a zero one, too.
            scales[0, 0], scales[1, 1] = np.float16(3e-6), np.float16(0)
            data[:, :, place : place + 2] = scales.view(np.uint8).reshape(ROWS, per_row, 2)
        if name == "F16":
            special = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x3C00]
            data[0, : len(special)] = np.array(special, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
            halves = data.view(np.uint16)
            halves[np.isnan(data.view(np.float16))] = 0x3555
        if name in ("F32", "BF16"):
            data[:, :, size - 1] &= 0xBF  # keeps the exponent small: no NaN, whose sign and payload may vary
        data = data.reshape(ROWS, -1)
        if name == "F32":
            floats = data.view(np.float32)
        elif name == "F16":
            floats = data.view(np.float16).astype(np.float32)
        else:
            floats = gguf.quants.dequantize(data, kind)
        assert floats.shape == (ROWS, per_row * length), (name, floats.shape)
        result.append(
            {
                "type": name,
                "number": int(kind),
                "rowLength": per_row * length,
                "rows": ROWS,
                "bytes": base64.b64encode(data.tobytes()).decode(),
                "floats": base64.b64encode(np.ascontiguousarray(floats, dtype="<f4").tobytes()).decode(),
            }
        )
    path = pathlib.Path(__file__).resolve().parents[2] / "Tests/GGUFTests/Golden/dequantisation.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path}: {len(result)} types")


main()

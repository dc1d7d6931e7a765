#!/usr/bin/env python3
"""Writes the golden case of attention over segments with exact selection, from dense NumPy in float64.

    python3 scripts/golden/selection.py Tests/ParallelContextTests/Golden/selection.json

Nothing here knows of partials or of merging: probabilities are computed densely over all keys, then masked and
renormalised. All inputs are multiples of 1/16, hence exact in bfloat16 and in float32.
"""

import argparse
import json
import pathlib

import numpy as np

SEED = 2
HEADS, QUERIES, DIMENSION = 3, 2, 64
SINK, CHUNKS, TAIL = 4, (11, 3, 19, 14), QUERIES  # the second chunk has fewer keys than TOP
TOP, KEPT = 5, 2


def exact_normal(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return np.clip(np.round(generator.standard_normal(shape) * 16) / 16, -3, 3)


def largest_sum(values: np.ndarray) -> float:
    return float(np.sort(values.ravel())[-TOP:].sum())


def entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def log_sum_exp(values: np.ndarray) -> float:
    return float(values.max() + np.log(np.exp(values - values.max()).sum()))


def choice(scores: np.ndarray) -> list[int]:
    """The KEPT largest, in document order; a near tie would make the test depend on rounding."""
    order = np.argsort(-scores)
    assert scores[order[KEPT - 1]] - scores[order[KEPT]] > 1e-3, "a near tie: take another seed"
    return sorted(order[:KEPT].tolist())


def plain(value):
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the golden case of selection.")
    parser.add_argument("output", type=pathlib.Path)
    output = parser.parse_args().output

    generator = np.random.default_rng(SEED)
    lengths = [SINK, *CHUNKS, TAIL]
    bounds = np.cumsum([0, *lengths])
    queries = exact_normal(generator, QUERIES, HEADS, DIMENSION)
    keys = exact_normal(generator, bounds[-1], DIMENSION)
    values = exact_normal(generator, bounds[-1], DIMENSION)
    chunks = range(1, 1 + len(CHUNKS))

    def part(row: np.ndarray, segment: int) -> np.ndarray:
        return row[bounds[segment]:bounds[segment + 1]]

    # Dense attention; a query sees the tail up to itself.
    scores = np.einsum("thd,jd->thj", queries, keys) / np.sqrt(DIMENSION)
    visible = np.ones((QUERIES, bounds[-1]), bool)
    for t in range(QUERIES):
        visible[t, bounds[-2] + t + 1:] = False
    scores = np.where(visible[:, None], scores, -np.inf)
    probabilities = np.exp(scores - scores.max(-1, keepdims=True))
    probabilities /= probabilities.sum(-1, keepdims=True)

    mass = np.array([[[largest_sum(part(probabilities[t, h], c)) for c in chunks]
                      for h in range(HEADS)] for t in range(QUERIES)])

    def attend(selected) -> dict:
        """Masks what is not selected, renormalises, and reports the result."""
        outputs, entropies = np.zeros((QUERIES, HEADS, DIMENSION)), np.zeros((QUERIES, HEADS))
        for t in range(QUERIES):
            for h in range(HEADS):
                p = probabilities[t, h].copy()
                for c in chunks:
                    if c - 1 not in selected[t][h]:
                        part(p, c)[:] = 0
                p /= p.sum()
                outputs[t, h], entropies[t, h] = p @ values, entropy(p)
        return {"selected": selected, "output": outputs, "entropy": entropies}

    each = [[choice(mass[t, h]) for h in range(HEADS)] for t in range(QUERIES)]
    layer_scores = np.array([largest_sum(mass[:, :, c - 1]) for c in chunks])
    layer = choice(layer_scores)
    assert any(chosen != layer for row in each for chosen in row), "both reductions agree: take another seed"

    everything = list(range(len(CHUNKS)))
    visible_part = [[[part(scores[t, h], s)[part(visible[t], s)] for s in range(len(lengths))]
                     for h in range(HEADS)] for t in range(QUERIES)]

    def per_segment(function) -> list:
        return [[[function(segment) for segment in head] for head in token] for token in visible_part]

    golden = {
        "generator": f"numpy {np.__version__}, float64",
        "heads": HEADS,
        "queries": QUERIES,
        "head_dimension": DIMENSION,
        "top": TOP,
        "kept": KEPT,
        "segments": [{"kind": "sink" if i == 0 else "tail" if i == len(lengths) - 1 else "chunk", "tokens": n}
                     for i, n in enumerate(lengths)],
        "query": queries,
        "keys": [part(keys, s) for s in range(len(lengths))],
        "values": [part(values, s) for s in range(len(lengths))],
        "log_sum_exp": per_segment(log_sum_exp),
        "mean_score": per_segment(lambda s: float((np.exp(s - log_sum_exp(s)) * s).sum())),
        "top_scores": per_segment(lambda s: np.sort(s)[::-1][:TOP]),
        "top_mass": mass,
        "layer_scores": layer_scores,
        "dense": attend([[everything] * HEADS] * QUERIES),
        "exact": {
            "none": attend(each),
            "head+token": attend([[layer] * HEADS] * QUERIES),
        },
    }
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(plain(item), separators=(',', ':'))}"
                      for key, item in golden.items())
    output.write_text("{\n" + text + "\n}\n")
    print(f"each {each}, layer {layer}, {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

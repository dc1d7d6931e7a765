#!/usr/bin/env python3
"""Writes the conformance cases of Tests/TransformerTests: tiny models of each architecture and their logits, from
Hugging Face transformers in float32, and the table of docs/models.md.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r scripts/golden/requirements.txt
    /tmp/golden/bin/python scripts/golden/architectures.py [CASE…]

A case describes a GGUF file completely, as llama.cpp's convert_hf_to_gguf.py would write it. Its weights come out of a
hash of their place, which Tests/TestSupport/ConformanceCase.swift repeats bit for bit. Names of keys and tensors
are taken from the package `gguf`, and an unknown one is an error. For each feature the script checks that the logits
would be others without it, and prints how far.
"""

import dataclasses
import json
import math
import pathlib
import re
import sys
import zlib

import gguf
import numpy as np
import torch
import transformers
from transformers import (
    Gemma2Config, Gemma3TextConfig, GraniteConfig, LlamaConfig, MistralConfig, Olmo2Config, Olmo3Config, Phi3Config,
    Qwen2Config, Qwen3Config, SmolLM3Config,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests/TransformerTests/Golden/architectures"
TABLE = ROOT / "docs/models.md"
VOCABULARY = 80
TOLERANCE = 2e-4  # of the Swift tests

MODELS = {
    LlamaConfig: ("llama", transformers.LlamaForCausalLM),
    MistralConfig: ("llama", transformers.MistralForCausalLM),
    Qwen2Config: ("qwen2", transformers.Qwen2ForCausalLM),
    Qwen3Config: ("qwen3", transformers.Qwen3ForCausalLM),
    Gemma2Config: ("gemma2", transformers.Gemma2ForCausalLM),
    Gemma3TextConfig: ("gemma3", transformers.Gemma3ForCausalLM),
    Phi3Config: ("phi3", transformers.Phi3ForCausalLM),
    GraniteConfig: ("granite", transformers.GraniteForCausalLM),
    Olmo2Config: ("olmo2", transformers.Olmo2ForCausalLM),
    Olmo3Config: ("olmo2", transformers.Olmo3ForCausalLM),
    SmolLM3Config: ("smollm3", transformers.SmolLM3ForCausalLM),
}
# The converter reorders the rows of queries and keys for these, so that RoPE turns neighbours and not halves.
INTERLEAVED = ("llama", "granite", "smollm3")
# The weights of these norms are written with 1 added, which transformers adds when it computes.
SHIFTED = ("gemma2", "gemma3")

# The f16 fields of a block: the place of each, and its value for weights that deviate as numbers do that are evenly
# spread over -0.5 to 0.5. Minima are such that they lie around zero.
HALVES = {
    "Q4_0": [(0, 1 / 24)],
    "Q4_1": [(0, 1 / 24), (2, -7.5 / 24)],
    "Q5_0": [(0, 1 / 48)],
    "Q5_1": [(0, 1 / 48), (2, -15.5 / 48)],
    "Q8_0": [(0, 1 / 384)],
    "Q4_K": [(0, 1 / 1340), (2, 7.5 / 1340)],
    "Q5_K": [(0, 1 / 2680), (2, 15.5 / 2680)],
    "Q6_K": [(208, 1 / 7090)],
}


def hashed(count: int, tensor: int) -> np.ndarray:
    """32 bits for each element of a tensor (MurmurHash3's finaliser)."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(tensor * 2246822519 % 2**32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return x ^ (x >> np.uint32(16))


def noise(count: int, tensor: int) -> np.ndarray:
    """Evenly spread over -0.5 to 0.5 in steps of 2^-24, hence exact in float32."""
    return (hashed(count, tensor) >> np.uint32(8)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)


def stored(tensor: dict) -> np.ndarray:
    """The bytes of a tensor, a row after the other."""
    shape, fill = tensor["dimensions"][::-1], tensor["fill"]
    kind, count = gguf.GGMLQuantizationType[tensor["type"]], math.prod(shape)
    if "values" in fill:
        return np.array(fill["values"], dtype=np.float32).view(np.uint8).reshape(1, -1)
    if "halves" not in fill:
        values = np.float32(fill["offset"]) + np.float32(fill["spread"]) * noise(count, fill["noise"])
        return gguf.quants.quantize(values.reshape(-1, shape[-1]), kind).view(np.uint8)
    length, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = (hashed(count // length * size, fill["noise"]) >> np.uint32(24)).astype(np.uint8).reshape(-1, size)
    # Blocks differ: half of them have twice the values.
    factor = 1 + (blocks[:, fill["halves"][0]["at"]] & 1).astype(np.float32)
    for half in fill["halves"]:
        values = (np.float32(half["value"]) * factor).astype(np.float16)
        blocks[:, half["at"]:half["at"] + 2] = values.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(count // shape[-1], -1)


def filled(tensor: dict) -> np.ndarray:
    """What a reader of the file sees in a tensor."""
    data, kind = stored(tensor), gguf.GGMLQuantizationType[tensor["type"]]
    values = data.view(np.float32) if kind == gguf.GGMLQuantizationType.F32 else gguf.quants.dequantize(data, kind)
    return values.reshape(tensor["dimensions"][::-1])


@dataclasses.dataclass
class Case:
    name: str
    about: str
    kind: type
    config: dict
    # What shall not be without effect: a changed configuration, or a change of the model.
    without: dict
    extra: dict = dataclasses.field(default_factory=dict)  # keys of the file, without the architecture
    values: dict = dataclasses.field(default_factory=dict)  # tensors beside the weights
    left_out: str = "$^"  # tensors that the file lacks: they are zero
    embedding_spread: float = 2.0
    head_spread: float = 1.0  # of what gives logits a standard deviation of about one
    type: str = "F32"
    tokens: int = 24

    @property
    def architecture(self) -> str:
        return MODELS[self.kind][0]

    def settings(self, changes: dict) -> dict:
        base = dict(
            vocab_size=VOCABULARY, hidden_size=128, intermediate_size=96, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, max_position_embeddings=512, rms_norm_eps=1e-5, tie_word_embeddings=False,
            rope_parameters=rope(), pad_token_id=None, bos_token_id=None, eos_token_id=None,
            attn_implementation="eager")
        # transformers completes the dictionaries that it is given
        return json.loads(json.dumps({**base, **self.config, **changes}))

    def model(self, changes: dict | None = None):
            return MODELS[self.kind][1](self.kind(**self.settings(changes or {}))).float().eval()

    def metadata(self) -> list[dict]:
        c, a = self.kind(**self.settings({})), self.architecture
        size = head_dimension(c)
        keys = {
            "block_count": c.num_hidden_layers, "context_length": c.max_position_embeddings,
            "embedding_length": c.hidden_size, "feed_forward_length": c.intermediate_size,
            "attention.head_count": c.num_attention_heads, "attention.head_count_kv": c.num_key_value_heads,
            "attention.layer_norm_rms_epsilon": c.rms_norm_eps, "vocab_size": c.vocab_size,
        }
        if a != "gemma2":  # the converter leaves it out there
            parameters = c.rope_parameters
            keys["rope.freq_base"] = float(parameters.get("full_attention", parameters)["rope_theta"])
        if a in ("gemma2", "gemma3", "qwen3") or size * c.num_attention_heads != c.hidden_size:
            keys["attention.key_length"] = keys["attention.value_length"] = size
        if a in INTERLEAVED or a == "phi3":
            keys["rope.dimension_count"] = int(size * c.rope_parameters.get("partial_rotary_factor", 1))
        keys.update(self.extra)
        kinds = {bool: "BOOL", int: "UINT32", float: "FLOAT32", str: "STRING", list: "BOOL[]"}
        pairs = [("general.architecture", a), ("tokenizer.ggml.model", "none")]
        pairs += [(f"{a}.{key}", value) for key, value in keys.items()]
        known = {value.replace("{arch}", a) for part in vars(gguf.Keys).values() if isinstance(part, type)
                 for value in vars(part).values() if isinstance(value, str)}
        assert all(key in known for key, _ in pairs), {key for key, _ in pairs} - known
        return [{"key": key, "type": kinds[type(value)], "value": value} for key, value in pairs]

    def fill(self, name: str, shape: list[int]) -> tuple[str, dict]:
        number = zlib.crc32(name.encode())
        if name in self.values:
            return "F32", {"values": [float(np.float32(value)) for value in self.values[name]]}
        if len(shape) == 1:
            bias = name.endswith(".bias")
            return "F32", {"noise": number, "spread": 1.5 if bias else 0.5, "offset": 0 if bias else 1}
        spread = 4 / math.sqrt(shape[1])
        if name == "token_embd.weight":
            spread = self.embedding_spread
        elif name == "output.weight":
            spread *= self.head_spread
        if self.type in HALVES:
            return self.type, {"noise": number, "halves": [
                {"at": at, "value": float(np.float16(spread * value))} for at, value in HALVES[self.type]]}
        return self.type, {"noise": number, "spread": round(spread, 4), "offset": 0}

    def tensors(self, model) -> dict[str, dict]:
        """The tensors of the file, by the names that transformers has for them."""
        c, result = model.config, {}
        names = gguf.get_tensor_name_map(
            {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}[self.architecture], c.num_hidden_layers)
        shapes = {name: list(values.shape) for name, values in model.state_dict().items()}
        if c.tie_word_embeddings:
            del shapes["lm_head.weight"]
        for name in shapes:
            found = names.get_name(name, try_suffixes=(".weight", ".bias"))
            assert found, name
            if not re.search(self.left_out, found):
                result[name] = self.tensor(found, shapes[name])
        for name, values in self.values.items():
            result[name] = self.tensor(name, [len(values)])
        return result

    def tensor(self, name: str, shape: list[int]) -> dict:
        kind, fill = self.fill(name, shape)
        return {"name": name, "dimensions": shape[::-1], "type": kind, "fill": fill}

    def load(self, model, permuted: bool = True) -> None:
        """The inverse of what the converter does with the weights."""
        c, state = model.config, {}
        for name, tensor in self.tensors(model).items():
            values = torch.from_numpy(filled(tensor).copy())
            heads = {"q": c.num_attention_heads, "k": c.num_key_value_heads}.get(
                name.split("_proj")[0][-1] if "_proj." in name else "")
            if permuted and self.architecture in INTERLEAVED and heads:
                half = values.shape[0] // heads // 2
                values = values.reshape(heads, half, 2, -1).swapaxes(1, 2).reshape(values.shape)
            if self.architecture in SHIFTED and name.endswith("norm.weight"):
                values -= 1
            if name not in self.values:
                state[name] = values
        for name, values in model.state_dict().items():
            if name not in state and not (c.tie_word_embeddings and name == "lm_head.weight"):
                state[name] = torch.zeros_like(values)
        missing, unexpected = model.load_state_dict(state, strict=False)
        assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)

    def prompt(self) -> list[int]:
        return [(11 + 29 * i) % VOCABULARY for i in range(self.tokens)]

    def logits(self, change=None) -> torch.Tensor:
        model = self.model(change if isinstance(change, dict) else None)
        with torch.inference_mode():
            self.load(model, permuted=change != "order")
            if callable(change):
                change(model)
            return model(torch.tensor([self.prompt()]), use_cache=False).logits[0]

    def changes(self) -> dict:
        theta = self.settings({})["rope_parameters"]
        slow = json.loads(re.sub(r'("rope_theta": )[0-9.]+', r"\g<1>100.0", json.dumps(theta)))
        result = {"the base of RoPE": {"rope_parameters": slow}, **self.without}
        return {**result, "the order of rows": "order"} if self.architecture in INTERLEAVED else result

    def made(self) -> dict:
        logits, model = self.logits(), self.model()
        best = logits.topk(2).values
        margins = best[:, 0] - best[:, 1]
        print(f"{self.name}: standard deviation {logits.std():.2f}, largest {logits.abs().max():.2f}, margins from "
              f"{margins.min():.4f}, half above {margins.median():.2f}")
        assert torch.isfinite(logits).all() and 0.7 < logits.std() < 4 and margins.min() > 1e-4
        for what, change in self.changes().items():
            away = (self.logits(change) - logits).abs().max().item()
            print(f"  without {what} {away:.3f} away")
            assert away > 500 * TOLERANCE, (self.name, what)
        return {
            "generator": f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, float32",
            "architecture": self.architecture,
            "about": self.about,
            "metadata": self.metadata(),
            "tensors": list(self.tensors(model).values()),
            "tokens": self.prompt(),
            "logits": [[round(value, 6) for value in row] for row in logits.tolist()],
        }


def head_dimension(config) -> int:
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def rope(theta: float = 10000.0, **settings) -> dict:
    return {"rope_type": "default", "rope_theta": theta, **settings}


def replaced(name: str):
    """A change that puts the identity in the place of modules."""
    def change(model):
        for path in [path for path, _ in model.named_modules() if path.endswith(name)]:
            parent, _, last = path.rpartition(".")
            setattr(model.get_submodule(parent), last, torch.nn.Identity())
    return change


def zeroed(name: str):
    def change(model):
        found = [values for path, values in model.state_dict().items() if path.endswith(name)]
        assert found, name
        for values in found:
            values.zero_()
    return change


def unscaled(model) -> None:
    model.model.embed_tokens.embed_scale.fill_(1)


def llama(name: str, about: str, without: dict | None = None, kind: type = LlamaConfig, **options) -> Case:
    return Case(f"llama-{name}", about, kind, options.pop("config", {}), without or {}, **options)


def llama3_factors(dimension: int, theta: float, p: dict) -> list[float]:
    """The divisors of rope_freqs.weight, as the converter computes them."""
    result = []
    for i in range(0, dimension, 2):
        length = 2 * math.pi * theta ** (i / dimension)
        context, low, high = p["original_max_position_embeddings"], p["low_freq_factor"], p["high_freq_factor"]
        smooth = min(max((context / length - low) / (high - low), 0), 1)
        result.append(1 / ((1 - smooth) / p["factor"] + smooth))
    return result


def explicit(size: int, kv: int = 1) -> Case:
    return llama(
        f"head-{size}", f"heads of {size} values, which is not the embedding's width by the number of heads",
        config=dict(hidden_size=64, num_key_value_heads=kv, head_dim=size))


LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=64)
YARN_KEYS = {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 64}
# llama.cpp multiplies with its own factor, which transformers replaces by this one: 0.1 ln(factor) + 1.
YARN_FACTOR = 1.25 * (0.1 * math.log(4) + 1)
YARN_BETAS = rope(**YARN, beta_fast=3.0, beta_slow=0.5, attention_factor=YARN_FACTOR)


def without_key(settings: dict, key: str) -> dict:
    return {"rope_parameters": {name: value for name, value in settings.items() if name != key}}


WIDE = dict(hidden_size=256, intermediate_size=256, num_attention_heads=4, num_key_value_heads=2)
CASES = [
    llama("plain", "four query heads on two key heads", config={**WIDE, "intermediate_size": 160}),
    llama("tied", "no output.weight: the embeddings are the head", {"tying": {"tie_word_embeddings": False}},
          config=dict(tie_word_embeddings=True), embedding_spread=0.4),
    llama("qkv-biases", "biases of queries, keys and values", {"biases": {"attention_bias": False}},
          config=dict(attention_bias=True), left_out=r"attn_output\.bias"),
    llama("output-bias", "biases of queries, keys, values and the attention's output",
          {"the output's bias": zeroed("o_proj.bias"), "the others": zeroed("q_proj.bias")},
          config=dict(attention_bias=True)),
    llama("head-80", "heads of 80 values", config=dict(hidden_size=160)),
    explicit(96), explicit(112, kv=2), explicit(128), explicit(256),
    llama("rope-freqs", "Llama 3's divisors of the frequencies in rope_freqs.weight",
          {"the divisors": {"rope_parameters": rope()}}, config=dict(rope_parameters=rope(**LLAMA3)),
          values={"rope_freqs.weight": llama3_factors(64, 10000, LLAMA3)}, tokens=40),
    llama("linear", "positions divided by 4", {"scaling": {"rope_parameters": rope()}},
          config=dict(rope_parameters=rope(rope_type="linear", factor=4.0)),
          extra={"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}),
    llama("yarn", "YaRN with its usual ramp", {"YaRN": {"rope_parameters": rope()}, "its factor of attention": {
              "rope_parameters": rope(**YARN, attention_factor=1.0)}},
          config=dict(rope_parameters=rope(**YARN), max_position_embeddings=256), extra=YARN_KEYS, tokens=40),
    llama("yarn-betas", "YaRN with another ramp and factor of attention",
          {key: without_key(YARN_BETAS, key) for key in ("beta_fast", "beta_slow", "attention_factor")},
          config=dict(rope_parameters=YARN_BETAS, max_position_embeddings=256),
          extra={**YARN_KEYS, "rope.scaling.yarn_beta_fast": 3.0, "rope.scaling.yarn_beta_slow": 0.5,
                 "rope.scaling.attn_factor": 1.25}, tokens=40),
    # The converter and llama.cpp ignore the window of Mistral; where a file states one, it has transformers' meaning:
    # a token sees itself and the seven before it.
    llama("window", "Mistral's window of 8 tokens", {"the window": {"sliding_window": None},
                                                    "one token of it": {"sliding_window": 7}},
          kind=MistralConfig, config=dict(sliding_window=8), extra={"attention.sliding_window": 8}, tokens=32),
]
for kind in ["F16", "BF16", *HALVES]:
    CASES.append(llama(kind.lower().replace("_", "-"), f"matrices in {kind}", config=WIDE, type=kind, tokens=20))

CASES += [
    Case("qwen2-biases", "biases of queries, keys and values, RoPE over halves", Qwen2Config, dict(rms_norm_eps=1e-6), {
        "biases of queries": zeroed("q_proj.bias"), "biases of values": zeroed("v_proj.bias")}),
    Case("qwen2-tied", "no output.weight", Qwen2Config, dict(tie_word_embeddings=True),
         {"tying": {"tie_word_embeddings": False}}, embedding_spread=0.4),
    Case("qwen3-plain", "norms of each query and key head, heads of 128 values, RoPE over halves", Qwen3Config,
         dict(hidden_size=96, head_dim=128),
         {"norms of queries": replaced("q_norm"), "norms of keys": replaced("k_norm")}),
    Case("qwen3-yarn", "YaRN of a context whose ramp begins later, no output.weight", Qwen3Config,
         dict(head_dim=64, rope_parameters=rope(**{**YARN, "original_max_position_embeddings": 512}),
              max_position_embeddings=2048, tie_word_embeddings=True),
         {"YaRN": {"rope_parameters": rope()}, "its context": {"rope_parameters": rope(**YARN)}},
         {**YARN_KEYS, "rope.scaling.original_context_length": 512}, embedding_spread=0.4, tokens=40),
]

GEMMA = dict(hidden_size=96, num_hidden_layers=4, head_dim=64, query_pre_attn_scalar=64, sliding_window=8,
             tie_word_embeddings=True)
# The window in every second layer, the first included, is not written in the file, nor is the scale of attention:
# llama.cpp takes the width of a head, or that of the embedding by the number of heads where there are as many layers
# as the models of 27 billion weights have (46 and 62).
GEMMA2 = dict(attn_logit_softcapping=3.0, final_logit_softcapping=5.0, **GEMMA)
GEMMA2_KEYS = {"attn_logit_softcapping": 3.0, "final_logit_softcapping": 5.0, "attention.sliding_window": 8}
GEMMA2_WITHOUT = {
    "the window": {"sliding_window": 512}, "full layers": {"layer_types": ["sliding_attention"] * 4},
    "the cap of attention": {"attn_logit_softcapping": None}, "the cap of logits": {"final_logit_softcapping": None},
    "the embeddings' scale": unscaled, "GELU": {"hidden_activation": "silu"},
    "norms behind attention": replaced("post_attention_layernorm"),
    "norms behind the feed-forward": replaced("post_feedforward_layernorm"),
}
LARGE = dict(hidden_size=64, intermediate_size=96, query_pre_attn_scalar=32)
GLOBAL, LOCAL = rope(1000000.0), rope(10000.0)


def layered(full: dict, sliding: dict) -> dict:
    """RoPE of layers without a window and with one."""
    return {"rope_parameters": {"full_attention": full, "sliding_attention": sliding}}


GEMMA3 = {**GEMMA, "num_hidden_layers": 7, **layered(GLOBAL, LOCAL)}
STRETCHED = rope(1000000.0, rope_type="linear", factor=8.0)
CASES += [
    Case("gemma2-caps", "caps of attention and of logits, a window in every second layer, norms behind, GELU",
         Gemma2Config, GEMMA2, GEMMA2_WITHOUT, GEMMA2_KEYS, embedding_spread=0.5, tokens=32),
    Case("gemma2-27b", "as many layers as the model of 27 billion weights, which scales attention otherwise",
         Gemma2Config, {**GEMMA2, **LARGE, "num_hidden_layers": 46}, {"the scale": {"query_pre_attn_scalar": 64}},
         GEMMA2_KEYS, embedding_spread=0.5, tokens=12),
    Case("gemma3-plain", "five layers with a window and their own RoPE, then one without; norms of queries and keys",
         Gemma3TextConfig, GEMMA3, {
             "the window": {"sliding_window": 512}, "a full layer": {"layer_types": ["sliding_attention"] * 7},
             "the local base": layered(GLOBAL, GLOBAL), "the global base": layered(LOCAL, LOCAL),
             "norms of queries": replaced("q_norm"), "norms of keys": replaced("k_norm"),
             "the embeddings' scale": unscaled, "norms behind attention": replaced("post_attention_layernorm"),
         }, {"attention.sliding_window": 8}, embedding_spread=0.5, tokens=32),
    Case("gemma3-linear", "positions divided by 8 in full layers only, a pattern and a local base in the file",
         Gemma3TextConfig,
         {**GEMMA3, "num_hidden_layers": 4, "sliding_window_pattern": 2, **layered(STRETCHED, rope(5000.0))}, {
             "scaling": layered(GLOBAL, rope(5000.0)), "the local base": layered(STRETCHED, LOCAL),
             "the pattern": {"sliding_window_pattern": 6}, "bounds of scaling": layered(
                 STRETCHED, rope(5000.0, rope_type="linear", factor=8.0))},
         {"attention.sliding_window": 8, "attention.sliding_window_pattern": 2, "rope.freq_base_swa": 5000.0,
          "rope.scaling.type": "linear", "rope.scaling.factor": 8.0}, embedding_spread=0.5, tokens=32),
    Case("gemma3-head-256", "heads of 256 values", Gemma3TextConfig,
         {**GEMMA3, "hidden_size": 64, "num_hidden_layers": 2, "head_dim": 256, "query_pre_attn_scalar": 256},
         {"the scale": {"query_pre_attn_scalar": 64}}, {"attention.sliding_window": 8}, embedding_spread=0.5),
    Case("gemma3-27b", "as many layers as the model of 27 billion weights, which scales attention otherwise",
         Gemma3TextConfig, {**GEMMA3, **LARGE, "num_hidden_layers": 62}, {"the scale": {"query_pre_attn_scalar": 64}},
         {"attention.sliding_window": 8}, embedding_spread=0.5, tokens=12),
]

# The converter writes a window of 0 where there is none. llama.cpp ignores the others; transformers does not.
PHI3 = dict(hidden_size=192, original_max_position_embeddings=512)
PHI3_KEYS = {"rope.scaling.original_context_length": 512, "attention.sliding_window": 0}
PHI4 = dict(hidden_size=256, tie_word_embeddings=True)
LONG = [1.0 + i / 6 for i in range(48)]
SHORT = [1.0 + i / 40 for i in range(48)]
LONG_VALUES = {"rope_factors_long.weight": LONG, "rope_factors_short.weight": SHORT}


def longrope(context: int, **settings) -> dict:
    parameters = rope(rope_type="longrope", long_factor=LONG, short_factor=SHORT, **settings)
    return dict(rope_parameters=parameters, original_max_position_embeddings=context)


def longrope_keys(context: int, length: int) -> dict:
    """There is no rope.scaling.type: the tensors tell."""
    scale = length / context
    factor = math.sqrt(1 + math.log(scale) / math.log(context)) if scale > 1 else 1.0
    return {**PHI3_KEYS, "rope.scaling.original_context_length": context, "rope.scaling.attn_factor": factor}


OLMO3 = rope(**YARN, attention_factor=0.1 * math.log(4) + 1, beta_fast=32.0, beta_slow=1.0)

# transformers takes the long factors where a sequence is longer than the original context, llama.cpp where the
# context that it was started with is. Here sequence and context are either both longer, or neither.
CASES += [
    Case("phi3-plain", "queries, keys and values in one matrix, gate and up in another; heads of 96 values",
         Phi3Config, PHI3, {}, PHI3_KEYS),
    Case("phi3-window", "a window of 8 tokens", Phi3Config, {**PHI3, "sliding_window": 8},
         {"the window": {"sliding_window": None}}, {**PHI3_KEYS, "attention.sliding_window": 8}, tokens=32),
    Case("phi3-longrope", "divisors of the frequencies for texts beyond the original context", Phi3Config,
         {**PHI3, **longrope(16)},
         {"the long factors": longrope(64, attention_factor=longrope_keys(16, 512)["rope.scaling.attn_factor"]),
          "the factor of attention": longrope(16, attention_factor=1.0)}, longrope_keys(16, 512), LONG_VALUES,
         tokens=40),
    Case("phi3-longrope-short", "divisors of the frequencies for texts within the original context", Phi3Config,
         {**PHI3, **longrope(512)}, {"the short factors": {"rope_parameters": rope()}}, longrope_keys(512, 512),
         LONG_VALUES),
    Case("phi3-partial", "RoPE over three quarters of a head, no output.weight", Phi3Config,
         {**PHI3, **PHI4, "rope_parameters": rope(partial_rotary_factor=0.75)},
         {"the limit": {"rope_parameters": rope()}}, PHI3_KEYS, embedding_spread=0.4),
    Case("phi3-partial-longrope", "such divisors for three quarters of a head, the type of scaling in the file",
         Phi3Config, {**PHI3, **PHI4, **longrope(16, partial_rotary_factor=0.75)},
         {"the factor of attention": longrope(16, partial_rotary_factor=0.75, attention_factor=1.0)},
         {**longrope_keys(16, 512), "rope.scaling.type": "longrope"}, LONG_VALUES, embedding_spread=0.4, tokens=40),
    Case("granite-multipliers", "multipliers of embeddings, of attention and of what layers add; divided logits",
         GraniteConfig,
         dict(embedding_multiplier=3.0, residual_multiplier=0.4, attention_multiplier=0.25, logits_scaling=1.5,
              tie_word_embeddings=True),
         {f"the {name}": {name: 1.0} for name in (
             "embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling")},
         {"embedding_scale": 3.0, "residual_scale": 0.4, "attention.scale": 0.25, "logit_scale": 1.5},
         embedding_spread=0.5),
    Case("olmo2-plain", "norms behind attention and feed-forward only; norms over all queries and all keys",
         Olmo2Config, {},
         {"norms of queries": replaced("q_norm"), "norms of keys": replaced("k_norm"),
          "norms behind attention": replaced("post_attention_layernorm"),
          "norms behind the feed-forward": replaced("post_feedforward_layernorm")}),
    # The file of an Olmo 3 says Olmo 2. Its factor of attention, which llama.cpp does not read, is the usual one.
    Case("olmo2-windows", "Olmo 3: a window in three of four layers, YaRN in the others only", Olmo3Config,
         dict(num_hidden_layers=4, sliding_window=8, **layered(OLMO3, rope())),
         {"the window": {"sliding_window": 512}, "a full layer": {"layer_types": ["sliding_attention"] * 4},
          "YaRN": layered(rope(), rope()), "its bounds": layered(OLMO3, OLMO3)},
         {"attention.sliding_window": 8, "attention.sliding_window_pattern": [True, True, True, False],
          "rope.freq_base_swa": 10000.0, **YARN_KEYS, "rope.scaling.yarn_attn_factor": OLMO3["attention_factor"],
          "rope.scaling.yarn_beta_fast": 32.0, "rope.scaling.yarn_beta_slow": 1.0}, tokens=32),
    # Every fourth layer has no RoPE, and no key says so.
    Case("smollm3-plain", "no RoPE in every fourth layer, no output.weight", SmolLM3Config,
         dict(num_hidden_layers=4, tie_word_embeddings=True), {"layers without RoPE": {"no_rope_layers": [1] * 4}},
         embedding_spread=0.4),
]


def refused() -> dict[str, dict]:
    """Files that must not be read as something else: the sound one with a change, and a word of the error."""
    plain = CASES[0]

    def changed(about: str, word: str, keys=(), tensors=(), architecture: str = "llama", left_out: str = "$^") -> dict:
        pairs = json.loads(json.dumps(plain.metadata()).replace('"llama', f'"{architecture}'))
        pairs += [{"key": key, "type": kind, "value": value} for key, kind, value in keys]
        kept = [tensor for tensor in plain.tensors(plain.model()).values() if not re.search(left_out, tensor["name"])]
        kept += [plain.tensor(name, shape) for name, shape in tensors]
        return {"generator": "no model", "architecture": architecture, "about": about, "metadata": pairs,
                "tensors": kept, "tokens": [], "refused": word}

    experts = [(f"blk.{layer}.ffn_{name}.weight", shape) for layer in range(2) for name, shape in (
        ("gate_inp", [8, 256]), ("gate_exps", [8, 160, 256]), ("up_exps", [8, 160, 256]), ("down_exps", [8, 256, 160]))]
    return {
        "refused-experts": changed(
            "a mixture of experts", "mixture of experts",
            [("llama.expert_count", "UINT32", 8), ("llama.expert_used_count", "UINT32", 2)], experts,
            left_out=r"ffn_(gate|up|down)\."),
        "refused-architecture": changed("an unknown architecture", "mamba", architecture="mamba"),
        "refused-tensor": changed(
            "a tensor without use", "blk.0.attn_rel_b.weight", tensors=[("blk.0.attn_rel_b.weight", [4, 32])]),
        "refused-value": changed(
            "a key whose value changes the arithmetic", "llama.attention.clamp_kqv",
            [("llama.attention.clamp_kqv", "FLOAT32", 8.0)]),
        "refused-key": changed(
            "an unknown key of the architecture", "llama.attention.no_such_key",
            [("llama.attention.no_such_key", "UINT32", 1)]),
    }


def write_table() -> None:
    """Replaces the table at the end of the documentation by what the files say."""
    rows = []
    for path in FOLDER.glob("*.json"):
        case = json.loads(path.read_text())
        rows.append(("refused" if "refused" in case else case["architecture"], case["about"], path.stem))
    rows.sort(key=lambda row: (row[0] == "refused", row[0], row[2]))
    line = "|---|---|---|\n"
    head, _, _ = TABLE.read_text().partition(line)
    TABLE.write_text(head + line + "".join(f"| {kind} | {about} | `{name}` |\n" for kind, about, name in rows))


def main() -> None:
    chosen = sys.argv[1:]
    transformers.logging.set_verbosity_error()
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {case.name: case.made for case in CASES}
    assert len(made) == len(CASES)
    for name, value in refused().items():
        made[name] = lambda value=value: value
    for name, case in made.items():
        if not chosen or name in chosen:
            text = json.dumps(case(), separators=(",", ":"))
            (FOLDER / f"{name}.json").write_text(text.replace("},{", "},\n{").replace("],[", "],\n[") + "\n")
    write_table()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes Tests/ChatTemplatesTests/Golden/*.json with the Python package `jinja2` (pip install it).

usage: chat.py                     the golden files
       chat.py OUTPUT MODEL…       the templates of model files (GGUF, which needs the package `gguf`, or .jinja)
                                   with the same conversations, to a file that is not committed, since they are
                                   others'; set BRAID_CHAT_CASES to it in the tests

families.json has the templates of scripts/golden/chat, which are our own in the manner of families of models, with
conversations; constructs.json the small templates of chat_constructs.txt. All are rendered as `transformers` 5.23
does: utils/chat_template_utils.py has the environment that is made here. The date is fixed.
"""
import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / "Tests/ChatTemplatesTests/Golden"
NOW = 1_751_553_487  # Thursday, 3 July 2025, 14:38:07


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_written"), [], [], body).set_lineno(line)

    def _written(self, caller):
        return caller()


class Namespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        members = dict(*args, **kwargs)
        for name in members:
            Namespace.check(name)
        jinja2.utils.Namespace.__init__(self, members)

    def __setitem__(self, name, value):
        Namespace.check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError("an underscore")


class Refusal(jinja2.exceptions.TemplateError):
    """What raise_exception raises, told apart from other errors."""


def refuse(message):
    raise Refusal(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def strftime_now(text):
    return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).strftime(text)


def environment():
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    made.filters["tojson"] = tojson
    made.globals.update(
        raise_exception=refuse, strftime_now=strftime_now, namespace=Namespace, dict=lambda *a, **k: dict(*a, **k)
    )
    return made


def outcome(source, variables):
    try:
        text = environment().from_string(source).render(**variables)
        text.encode()  # half a surrogate pair is no text
        return {"text": text}
    except Refusal as error:
        return {"refused": str(error)}
    except Exception:  # of whatever kind: jinja2 lets Python's own through
        return {"fails": True}


def tagged(value):
    """A value in JSON that keeps the order of members, and whole numbers apart from others."""
    if isinstance(value, dict):
        return {"mapping": [{"key": key, "value": tagged(item)} for key, item in value.items()]}
    if isinstance(value, list):
        return {"list": [tagged(item) for item in value]}
    return {"number": value} if isinstance(value, float) else value


def said(*turns):
    return [{"role": role, "content": content} for role, content in turns]


ODD = "  \n{{ x }} {% if %} {# #} \"quoted\" 'single' \\n \\ <b>&amp;</b> caf\u00e9 e\u0301 \u4e2d\u6587 \U0001f469\u200d\U0001f680 \u00a0\r\n\t"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find_place",
            "description": "Finds a place's \"coordinates\" <here> & there, \u00e9",
            "parameters": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "The name"},
                    "kind": {"enum": ["town", "river"], "type": "string"},
                    "limits": {"type": "array", "items": {"type": "integer"}},
                    "near": {"type": ["string", "null"]},
                },
                "required": ["name"],
            },
            "return": {"type": "number", "scale": 1.5, "exact": True, "unit": None},
        },
    },
    {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}},
]
CALL = {"id": "abc123def", "type": "function", "function": {"name": "find_place", "arguments": {"name": "Linz", "limits": [1, 2.5]}}}
CONVERSATIONS = {
    "user": said(("user", "What is a lease?")),
    "system and user": said(("system", "Be brief."), ("user", "What is a lease?")),
    "turns": said(("user", "One?"), ("assistant", "1"), ("user", "Two?"), ("assistant", "2"), ("user", "Three?")),
    "turns with system": said(("system", "Count."), ("user", "One?"), ("assistant", "1"), ("user", "Two?")),
    "ends with assistant": said(("user", "One?"), ("assistant", " It is 1. ")),
    "odd": said(("system", ODD), ("user", ODD), ("assistant", ODD), ("user", ODD)),
    "thinking": said(("user", "Why?"), ("assistant", "<think>\nHm.\n</think>\n\nSo."), ("user", "Really?"), ("assistant", "<think>\nOh.\n</think>\n\nYes.")),
    "flags": said(("system", "Be brief. /no_think"), ("user", "What?"), ("assistant", "This.")),
    "assistant first": said(("assistant", "1"), ("user", "One?")),
    "user twice": said(("user", "One?"), ("user", "Two?")),
    "system last": said(("user", "One?"), ("system", "Be brief.")),
    "unknown role": said(("user", "One?"), ("critic", "No.")),
    "empty text": said(("system", ""), ("user", "")),
    "empty": [],
    "calls": [
        *said(("user", "Where?")),
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "abc123def", "content": "48.3 N"},
        {"role": "tool", "tool_call_id": "abc123def", "content": {"east": 14.3}},
        *said(("assistant", "There.")),
    ],
}
# What a conversation is rendered with, beside the messages.
EXTRAS = [
    {"add_generation_prompt": True},
    {"add_generation_prompt": False},
    {"add_generation_prompt": True, "tools": TOOLS, "enable_thinking": False, "documents": said(("d", "x")), "controls": {"length": "short"}},
]


INPUTS = {
    f"{name}, {number}": {"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>", "messages": messages, **extra}
    for name, messages in CONVERSATIONS.items()
    for number, extra in enumerate(EXTRAS)
}


def families(sources):
    """Each template with the outcome of each input."""
    return {
        "inputs": [{"name": name, "variables": tagged(variables)} for name, variables in INPUTS.items()],
        "templates": [
            {"name": name, "source": source, "outcomes": [outcome(source, variables) for variables in INPUTS.values()]}
            for name, source in sources
        ],
    }


def write(path, value):
    lines = json.dumps(value, separators=(",", ":"))
    for key in ("name", "source", "text", "refused", "fails"):
        lines = lines.replace('},{"' + key + '"', '},\n{"' + key + '"')
    path.write_text(lines + "\n")


def template(model):
    if model.endswith(".jinja"):
        return pathlib.Path(model).read_text()
    import gguf

    field = gguf.GGUFReader(model).fields.get("tokenizer.chat_template")
    if not field:
        print(f"{model} has no chat template")
    return field and field.contents()


def main():
    if len(sys.argv) > 2:
        write(pathlib.Path(sys.argv[1]), families([(pathlib.Path(model).name, source) for model in sys.argv[2:] if (source := template(model))]))
        return
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    sources = [(path.stem, path.read_text()) for path in sorted((HERE / "chat").glob("*.jinja"))]
    write(GOLDEN / "families.json", families(sources))
    variables = {
        "messages": said(("system", "S"), ("user", "Hi"), ("assistant", "Oh")),
        "numbers": [3, 1, 2],
        "text": "Hello, World",
        "odd": ODD,
        "pair": {"b": 1, "a": [1, 2.5, None, True, "x"]},
        "rows": [{"n": "b", "v": 2, "in": {"k": 1}}, {"n": "A", "v": 1, "in": {"k": 2}}, {"n": "c", "v": 2, "in": {}}],
        "nothing": None,
        "yes": True,
        "half": 0.5,
    }
    constructs = []
    # One template a line, in which \n, \r, \t and \\ stand for themselves; # begins a comment.
    for line in (HERE / "chat_constructs.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            source = line.encode("latin-1", "backslashreplace").decode("unicode-escape")
            constructs.append({"source": source, **outcome(source, variables)})
    write(GOLDEN / "constructs.json", {"variables": tagged(variables), "cases": constructs})
    print(f"{len(sources)} templates with {len(INPUTS)} inputs, {len(constructs)} constructs, jinja2 {jinja2.__version__}")


main()

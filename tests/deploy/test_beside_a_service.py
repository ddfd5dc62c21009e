"""Commands that read the embedded store, while a service has it open: they ask that service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from spanhouse_server.cli import run
from tests.durability.process import Process
from tests.otlp.messages import SECOND_NS, span, traces
from tests.ports import free_ports

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.timeout(180)]
SPAN_ID = "00000000000000aa"
_PATIENCE_S = 60
_MESSAGES = {
    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Who are you?"}]}]),
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "A helper."}]}]),
}


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The options that name a running service which has one span stored."""
    data = tmp_path_factory.mktemp("service") / "data"
    http, clickhouse = free_ports(2)
    place = ["--http-port", str(http), "--clickhouse-port", str(clickhouse)]
    # A backfill is done by the job's next run, which is a minute away otherwise.
    evaluators = data.with_name("evaluators.toml")
    evaluators.write_text('[quality]\ninterval_s = 1\n[[evaluator]]\nname = "refusal"\n', encoding="utf-8")
    process = Process(data, *place, "--evaluators", str(evaluators))
    process.start()
    try:
        _send(process.http_url)
        yield ["--data", str(data), *place]
    finally:
        process.stop()


def _send(url: str) -> None:
    """A model's call, a minute ago; returns when it is stored."""
    start_ns = time.time_ns() - 60 * SECOND_NS
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "small", **_MESSAGES}
    sent = span(
        given=call, span_id=bytes.fromhex(SPAN_ID), start_time_unix_nano=start_ns, end_time_unix_nano=start_ns + SECOND_NS
    )
    headers = {"content-type": "application/x-protobuf"}
    httpx2.post(f"{url}/v1/traces", content=traces(sent).SerializeToString(), headers=headers).raise_for_status()
    end = time.monotonic() + _PATIENCE_S
    while not httpx2.get(f"{url}/api/v1/spans").json()["items"]:
        assert time.monotonic() < end, "the span was never stored"
        time.sleep(0.1)


def test_why_is_answered(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why", "--span", "00000000000000bb", "--evaluator", "refusal", *where]) == 0
    not_here = "No span '00000000000000bb' is stored in project 'default'; give a span's id, and its project with --project.\n"
    assert capsys.readouterr().out == not_here


def test_a_store_that_is_on_another_port_is_asked_for(where: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    place = [*where[:-1], str(free_ports(1)[0])]
    assert run(["why", "--span", SPAN_ID, "--evaluator", "refusal", *place]) == 3
    said = f"a service answers on port {where[3]}, and its store does not on port {place[-1]}; give its --clickhouse-port\n"
    assert capfd.readouterr().err == f"spanhouse: {said}"


def test_why_says_which_evaluators_are_not_asked_at_all(
    where: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "evaluators.toml"
    file.write_text('[[evaluator]]\nname = "refusal"\nenabled = false\n[[evaluator]]\nname = "language"\n')
    asked = ["why", "--span", SPAN_ID, *where, "--evaluators", str(file), "--evaluator"]
    assert run([*asked, "refusal"]) == 0
    assert capsys.readouterr().out == "It is not scored, because 'refusal' has enabled = false in the evaluators' file.\n"
    assert run([*asked, "groundedness"]) == 1
    assert "has no evaluator 'groundedness'; choose from language, refusal." in capsys.readouterr().err


def test_stored_spans_are_evaluated(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--project", "default", "--evaluators", "refusal", "--json", *where]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    row = json.loads(line)
    assert (row["id"].endswith(SPAN_ID), row["status"], row["value"]) == (True, "scored", False)


def test_a_backfill_is_done_by_the_service(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backfill", "refusal", "--since", "2026-01-01", *where]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the running service has looked at all of them"
    assert run(["why", "--span", SPAN_ID, "--evaluator", "refusal", *where]) == 0
    assert capsys.readouterr().out.startswith("It was scored false by refusal ")


def test_a_rule_runs_over_its_history(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "test", "llm-error-rate", "--hours", "1", *where]) == 0
    assert capsys.readouterr().out == "0 changes of llm-error-rate in 1 hour\n"


def test_a_report_is_written(where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--out", str(tmp_path / "report.html"), *where]) == 0
    assert "LLM call" in capsys.readouterr().out
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_labels_are_looked_for(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backfill", "refusal", "--since", "2026-01-01", *where]) == 0
    capsys.readouterr()
    assert run(["calibrate", "refusal", *where]) == 1
    found = capsys.readouterr().err
    assert (
        "has both a value of 'refusal' and a person's score 'refusal'; evaluators scored refusal there, and people nothing."
        in found
    )


def test_another_project_needs_its_key(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--project", "shop", "--evaluators", "refusal", "--json", *where]) == 1
    assert capsys.readouterr().err == "spanhouse: the service shows project 'default'; give --key with a key of 'shop'\n"


def test_a_service_on_another_port_is_asked_for(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere,) = free_ports(1)
    assert run(["why", "--span", SPAN_ID, "--evaluator", "refusal", *where, "--http-port", str(elsewhere)]) == 3
    assert capsys.readouterr().err == (
        f"spanhouse: another process has the embedded store, and no service answers on port {elsewhere}; give its --http-port\n"
    )

"""What fires is told although the service is killed between the evaluation and the answer of who is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.dashboards.webhook_receiver import Receiver, receiver
from tests.durability.process import Process
from tests.otlp.messages import SECOND_NS, span, traces

# A start takes a second or two, an evaluation comes each second, a contact's thread looks each five seconds.
pytestmark = [pytest.mark.net, pytest.mark.timeout(180)]
_PATIENCE_S = 60
# Long enough for several evaluations and for the contact's thread to look again.
_QUIET_S = 7

_RULES = """
interval: 1s
contacts: [{{name: team, webhook: "{url}"}}]
rules:
  - id: errors
    title: Error rate
    description: Calls fail.
    sql: llm_error_rate
    variables: {{minimum_errors: 1, minimum_minutes: 1}}
    comparison: above
    threshold: 0.5
    unit: percentunit
    panel: error-rate
    window: 1h
    for: 0s
"""


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def process(tmp_path: Path, hook: Receiver) -> Iterator[Process]:
    rules = tmp_path / "rules.yaml"
    rules.write_text(_RULES.format(url=hook.url), encoding="utf-8")
    process = Process(tmp_path / "data", "--rules", str(rules))
    process.start()
    yield process
    process.kill()


def _fail(process: Process) -> None:
    """A minute in which every call failed."""
    start_ns = time.time_ns() - 60 * SECOND_NS
    usage = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "small"}
    failed = [
        span(given=usage, start_time_unix_nano=start_ns, end_time_unix_nano=start_ns + SECOND_NS, status={"code": 2})
        for _ in range(5)
    ]
    body = traces(*failed).SerializeToString()
    headers = {"content-type": "application/x-protobuf"}
    httpx2.post(f"{process.http_url}/v1/traces", content=body, headers=headers).raise_for_status()


def _wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_what_nobody_took_before_the_kill_is_told_once_after_it(process: Process, hook: Receiver) -> None:
    hook.status = 503
    _fail(process)
    _wait_for(lambda: "alert_notification_postponed" in process.log.read_text(encoding="utf-8"))
    process.kill()
    hook.status = 200
    process.start()
    _wait_for(lambda: bool(hook.received))
    time.sleep(_QUIET_S)
    assert [message["status"] for message in hook.received] == ["firing"]

    process.kill()
    process.start()
    time.sleep(_QUIET_S)
    assert len(hook.received) == 1


def test_a_message_whose_answer_was_lost_is_sent_again_under_the_same_key(process: Process, hook: Receiver) -> None:
    hook.wait_s = 3
    _fail(process)
    _wait_for(lambda: bool(hook.received))
    process.kill()
    hook.wait_s = 0
    process.start()
    _wait_for(lambda: len(hook.received) == 2)
    assert hook.received[0]["key"] == hook.received[1]["key"]

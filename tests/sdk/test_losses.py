"""What was lost: told to the collector, and counted in the report, but for the word of it."""

import logging
import time
from collections import Counter
from pathlib import Path

import pytest
from opentelemetry import trace

import spanhouse
from spanhouse import faults, losses
from spanhouse.delivery import Limits
from spanhouse.losses import Loss, Losses
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net


def test_losses_are_told_to_the_collector_and_reported(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [400]
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False, service_name="shop")
        with spanhouse.span("lost"):
            pass
        assert not spanhouse.flush()
        dropped = spanhouse.report().dropped
        spanhouse.shutdown()
    assert dropped == {"spans refused": 1}
    (log,) = receiver.logs
    assert (log.event_name, log.resource["service.name"]) == ("spanhouse.sdk.dropped", "shop")
    assert log.attributes == {
        "spanhouse.sdk.signal": "spans",
        "spanhouse.sdk.reason": "refused",
        "spanhouse.sdk.count": 1,
    }


def test_flush_says_that_the_queue_had_been_full(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False)
        for _ in range(500):
            with spanhouse.span("one of many"):
                pass
        assert not spanhouse.flush()
        assert len(receiver.spans) + spanhouse.report().dropped["spans queue_full"] == 500
        with spanhouse.span("later"):
            pass
        assert spanhouse.flush()


class Clock:
    """Stands still until it is put on."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(losses, "time", clock)
    monkeypatch.setattr(faults, "time", clock)
    return clock


def test_losses_within_a_minute_are_told_together_and_those_after_it_anew(clock: Clock) -> None:
    told: list[Loss] = []
    kept = Losses("spans", told.append, every_s=Limits().tell_every_s)
    for put_on_s in (0.0, 1.0, 58.9):
        clock.now_s += put_on_s
        kept.add(1, "queue_full")
        kept.tell()
    assert told == [Loss(signal="spans", reason="queue_full", items=1)]
    clock.now_s += 0.1
    kept.tell()
    assert told[1:] == [Loss(signal="spans", reason="queue_full", items=2)]


def test_fault_is_logged_once_a_minute_for_each_place(
    clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "_counts", Counter())
    monkeypatch.setattr(faults, "_next_log_s", {})
    for put_on_s, where in ((0.0, "here"), (1.0, "here"), (0.0, "there"), (58.9, "here"), (0.1, "here")):
        clock.now_s += put_on_s
        faults.record(where, ValueError())
    assert [record.getMessage() for record in caplog.records] == [
        "spanhouse.fault where=here count=1 error=ValueError",
        "spanhouse.fault where=there count=1 error=ValueError",
        "spanhouse.fault where=here count=4 error=ValueError",
    ]


@pytest.mark.parametrize("spooled", [False, True])
def test_word_of_losses_is_not_counted_as_a_score(
    spooled: bool, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [400]
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False, spool_dir=tmp_path if spooled else None)
        with spanhouse.span("lost"):
            pass
        assert not spanhouse.flush()
        by_s = time.monotonic() + 15
        while not receiver.logs and time.monotonic() < by_s:
            time.sleep(0.01)
        with spanhouse.span("graded"):
            spanhouse.score("grounded", 1.0)
        assert spanhouse.flush()
        report = spanhouse.report()
    assert (report.sent, report.dropped) == ({"spans": 1, "scores": 1}, {"spans refused": 1})
    assert [log.event_name for log in receiver.logs] == ["spanhouse.sdk.dropped", "gen_ai.evaluation.result"]


def test_spans_that_the_collector_rejects_one_by_one_are_counted(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.rejects = 2
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False)
        for _ in range(3):
            with spanhouse.span("maybe"):
                pass
        assert not spanhouse.flush()
        report = spanhouse.report()
        spanhouse.shutdown()
    assert (report.sent["spans"], report.dropped) == (1, {"spans rejected": 2})
    assert report.problem.startswith(f"{receiver.url}/v1/traces did not take 2 of 3 (too old too old")


@pytest.mark.parametrize("spooled", [False, True])
def test_what_cannot_be_written_as_otlp_costs_nothing_beside_it(
    spooled: bool, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False, spool_dir=tmp_path if spooled else None)
        for name in ("first", "last"):
            with spanhouse.span(name):
                spanhouse.score("grounded", 1.0)
            trace.get_tracer("odd").start_span("before all time", start_time=-1).end()
        spanhouse.score("grounded", 1.0)
        spanhouse.score("ungrounded", 0.0, trace_id="f" * 64)
        assert not spanhouse.flush()
        report = spanhouse.report()
    assert [span.name for span in receiver.spans] == ["first", "last"]
    assert [log.attributes["gen_ai.evaluation.score.value"] for log in receiver.logs if "evaluation" in log.event_name] == [
        1.0
    ] * 3
    assert report.dropped == {"spans refused": 2, "scores refused": 1}


def test_half_of_a_pair_of_characters_costs_itself_alone(receiver: Receiver) -> None:
    """As texts hold that were cut in the middle of an emoji: UTF-8 has no such thing."""
    spanhouse.init(receiver.url, instrument=False)
    with spanhouse.span("half \ud83d", attributes={"said": "half \ud83d", "all": ["half \ud83d", "whole"]}) as span:
        span.set_error("odd \ud83d")
    assert spanhouse.flush()
    (found,) = receiver.spans
    assert (found.name, found.status_text) == ("half ?", "odd ?")
    assert found.attributes == {"said": "half ?", "all": ["half ?", "whole"], "error.type": "odd ?"}


def test_requests_that_are_too_large_are_halved(receiver: Receiver) -> None:
    receiver.answers = [413]
    spanhouse.init(receiver.url, instrument=False)
    for name in ("first", "second", "third"):
        with spanhouse.span(name):
            pass
    assert spanhouse.flush()
    assert [span.name for span in receiver.spans] == ["first", "second", "third"]


def test_page_for_people_is_no_delivery(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.page = True
    spanhouse.init(receiver.url, instrument=False)
    with spanhouse.span("lost"):
        pass
    assert not spanhouse.flush()
    spanhouse.shutdown()
    problem = f"{receiver.url}/v1/traces answered 200 OK with a web page; give the base URL of a receiver of OTLP over HTTP"
    assert f"spanhouse.dropped signal=spans reason=refused count=1 problem={problem}" in caplog.text

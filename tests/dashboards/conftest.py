"""One small, complete hour of a shop's assistant, from which every figure of every panel can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from spanhouse_collector.storage import Store
from tests.dashboards.elsewhere import store_elsewhere
from tests.dashboards.seeds import NOON, Row, call, drift, metric, other_span, score, store_calls, store_rows
from tests.stores import migrated

_SECOND_NS = 1_000_000_000


def _spans() -> list[Row]:
    """Two traces at 11:10 by release 1 on `small`, one at 11:40 by release 2 on `large`; one call earlier, one elsewhere."""
    asked = {"session_id": "s1", "user_id": "ann", "prompt_name": "answer", "prompt_version": "1"}
    # Of 40 tokens of audio, 10 came from a cache.
    audio = {"audio.input_tokens": "40", "audio.cache_read.input_tokens": "10", "audio.output_tokens": "12"}
    spoken = {"attributes": {f"gen_ai.usage.{name}": tokens for name, tokens in audio.items()}}
    long = {"finish_reasons": ["length"], "cache_read_tokens": 50, **spoken}
    failed = {"status_code": "Error", "error_type": "timeout", "status_message": "no answer in time", "name": "chat small"}
    documents = '[{"id": "a", "score": 0.5}, {"id": "b", "score": 0.75}, {"id": "c"}]'
    found = {"content": {"gen_ai.retrieval.documents": documents}}
    second = {"response_model": "large", "release": "2", "cost_usd": None, "cost_status": "unknown_model"}
    return [
        call(1, minutes_ago=50, duration_ns=1 * _SECOND_NS, finish_reasons=["stop"], **asked, **_moments(50)),
        call(2, minutes_ago=50, duration_ns=3 * _SECOND_NS, finish_reasons=["length"], **asked, **failed, **_moments(50)),
        call(3, minutes_ago=20, session_id="s2", user_id="bob", **second, **long, **_moments(20)),
        other_span(4, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(5, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(6, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(7, minutes_ago=20, kind="retriever", parent=3, duration_ns=_SECOND_NS // 2, **found, **_moments(20)),
        other_span(8, minutes_ago=20, kind="agent", parent=3, agent_name="helper", duration_ns=4 * _SECOND_NS, **_moments(20)),
        call(9, minutes_ago=90),
        call(10, minutes_ago=20, project="other"),
    ]


def _moments(minutes_ago: float) -> Row:
    """Received two seconds after the start, stored a second later."""
    start = NOON - timedelta(minutes=minutes_ago)
    return {"received_at": start + timedelta(seconds=2), "stored_at": start + timedelta(seconds=3)}


def _scores() -> list[Row]:
    asked = {"prompt_name": "answer", "prompt_version": "1"}
    return [
        score(1, minutes_ago=50, value=0.8, explanation="every sentence is supported", **asked),
        score(2, minutes_ago=50, value=None, status="unscored", reason="no documents", **asked),
        score(3, minutes_ago=20, value=0.4, release="2", model="large", label="weak", cost_usd=Decimal("0.002")),
        score(3, minutes_ago=20, name="thumbs", value=1.0, source="client", evaluator="", release="2", model=""),
        # A length is no share of anything, not even when it happens to be 1.
        score(1, minutes_ago=50, name="answer_length", evaluator="answer_length", value=40.0),
        score(3, minutes_ago=20, name="answer_length", evaluator="answer_length", value=1.0, release="2", model="large"),
        score(10, minutes_ago=20, project="other"),
    ]


def _metrics() -> list[Row]:
    """A training run and the two hosts it works on, at 11:10 and 11:40; its first loss was sent twice."""
    run = {"run.id": "r1"}
    return [
        metric("train/loss", 2.0, minutes_ago=50, attributes=run),
        metric("train/loss", 2.0, minutes_ago=50, attributes=run),
        metric("train/loss", 4.0, minutes_ago=49.5, attributes=run),
        metric("train/loss", 1.0, minutes_ago=20, attributes=run),
        metric("eval_accuracy", 0.75, minutes_ago=20, attributes=run),
        metric("lr", 0.001, minutes_ago=20, attributes=run),
        metric("train/tokens_per_second", 500.0, minutes_ago=20, attributes=run),
        metric("glossary_loss_words", 7.0, minutes_ago=20, attributes=run),
        metric("train/loss", 9.0, minutes_ago=20, project="other", attributes=run),
        *_processors("one", idle=0.5, waiting=0.25),
        metric("system.memory.utilization", 0.6, minutes_ago=20, host="one", attributes={"state": "used"}),
        metric("system.memory.utilization", 0.4, minutes_ago=20, host="one", attributes={"state": "free"}),
        metric("system.filesystem.utilization", 0.9, minutes_ago=20, host="one", attributes={"mountpoint": "/data"}),
        metric("process.cpu.utilization", 0.2, minutes_ago=20, host="one", attributes={"cpu.mode": "user"}),
        metric("process.cpu.utilization", 0.1, minutes_ago=20, host="one", attributes={"cpu.mode": "system"}),
        metric("process.memory.usage", 4096.0, minutes_ago=20, host="one", unit="By"),
        metric("DCGM_FI_DEV_GPU_UTIL", 80.0, minutes_ago=20, host="one", attributes={"gpu": "0"}),
        metric("hw.gpu.utilization", 0.5, minutes_ago=20, host="two", service="other", attributes={"hw.id": "g7"}),
        metric("gpu.utilization", 30.0, minutes_ago=20, host="two", service="other", attributes={"gpu.index": "1"}, unit="%"),
        metric("DCGM_FI_DEV_FB_USED", 2.0, minutes_ago=20, host="one", attributes={"gpu": "0"}),
        metric("DCGM_FI_DEV_GPU_TEMP", 61.0, minutes_ago=20, host="one", attributes={"gpu": "0"}),
        metric("hw.power", 250.0, minutes_ago=20, host="two", attributes={"hw.type": "gpu", "hw.id": "g7"}),
        metric("hw.power", 900.0, minutes_ago=20, host="two", attributes={"hw.type": "fan", "hw.id": "f1"}),
    ]


def _processors(host: str, *, idle: float, waiting: float) -> list[Row]:
    """Two processors of a host: both idle and wait as told, the rest is work."""
    shares = {"idle": idle, "iowait": waiting, "user": 1 - idle - waiting}
    return [
        metric("system.cpu.utilization", share, minutes_ago=20, host=host, attributes={"cpu": cpu, "state": state})
        for cpu in ("cpu0", "cpu1")
        for state, share in shares.items()
    ]


@pytest.fixture(scope="session")
def shop_in(engine_url: str) -> Callable[[str], Store]:
    """Makes a store with the hour in a database of that name."""

    def make(database: str) -> Store:
        store = migrated(engine_url, database=database)
        _store_hour(store)
        return store

    return make


@pytest.fixture(scope="session")
def shop(shop_in: Callable[[str], Store]) -> Store:
    """A store with the hour, for tests that only read."""
    return shop_in("shop_hour")


def _store_hour(store: Store) -> None:
    """The hour before noon, and what measurements, prices and refusals belong to it; and the other projects."""
    store_calls(store, _spans())
    store_rows(store, "scores", _scores())
    store_rows(store, "metrics_points", _metrics())
    figures = {"psi": 0.5, "p_adjusted": 0.001, "n_current": 60.0, "n_reference": 200.0}
    alarm = drift(minutes_ago=10, value=0.4, alarm=True, details=figures)
    store_rows(store, "measurements", [drift(minutes_ago=40), alarm])
    when = (NOON - timedelta(days=9), NOON + timedelta(days=9), 0, 86_400, -1)
    price = {"project": "shop", "provider": "openai", "model": "large", "entries": [(*when, 4, 1, 5, 8, 0, "catalogue", (), "")]}
    cheaper = {**price, "model": "small", "entries": [(*when, 2, 1, 3, 5, 0, "catalogue", (), "")]}
    store_rows(store, "prices", [price, cheaper])
    refusal = {"project": "shop", "failed_at": NOON - timedelta(minutes=20), "signal": "traces", "reason": "malformed"}
    store_rows(store, "dead_letters", [{**refusal, "received_at": NOON, "body": ""}])
    store_elsewhere(store)

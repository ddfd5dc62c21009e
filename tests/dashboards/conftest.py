"""One small, complete hour of a shop's assistant, from which every figure of every panel can be worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from spanhouse_collector.storage import Store
from tests.dashboards.seeds import NOON, Row, call, drift, other_span, score, store_calls, store_rows

_SECOND_NS = 1_000_000_000


def _spans() -> list[Row]:
    """Two traces at 11:10 by release 1 on `small`, one at 11:40 by release 2 on `large`; one call earlier, one elsewhere."""
    asked = {"session_id": "s1", "user_id": "ann", "prompt_name": "answer", "prompt_version": "1"}
    long = {"finish_reasons": ["length"], "cache_read_tokens": 50}
    failed = {"status_code": "Error", "error_type": "timeout", "status_message": "no answer in time", "name": "chat small"}
    second = {"response_model": "large", "release": "2", "cost_usd": None, "cost_status": "unknown_model"}
    return [
        call(1, minutes_ago=50, duration_ns=1 * _SECOND_NS, finish_reasons=["stop"], **asked, **_moments(50)),
        call(2, minutes_ago=50, duration_ns=3 * _SECOND_NS, finish_reasons=["length"], **asked, **failed, **_moments(50)),
        call(3, minutes_ago=20, session_id="s2", user_id="bob", **second, **long, **_moments(20)),
        other_span(4, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(5, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(6, minutes_ago=20, kind="tool", parent=3, tool_name="search", duration_ns=_SECOND_NS, **_moments(20)),
        other_span(7, minutes_ago=20, kind="retriever", parent=3, duration_ns=_SECOND_NS // 2, **_moments(20)),
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
        score(10, minutes_ago=20, project="other"),
    ]


@pytest.fixture
def shop(store: Store) -> Store:
    """The store with the hour before noon, and what measurements, prices and refusals belong to it."""
    store_calls(store, _spans())
    store_rows(store, "scores", _scores())
    figures = {"psi": 0.5, "p_adjusted": 0.001, "n_current": 60.0, "n_reference": 200.0}
    alarm = drift(minutes_ago=10, value=0.4, alarm=True, details=figures)
    store_rows(store, "measurements", [drift(minutes_ago=40), alarm])
    tier = {"start": -1, "input_usd": 4, "cache_read_usd": 1, "cache_write_usd": 5, "output_usd": 8}
    price = {"provider": "openai", "model": "large", "valid_from": NOON - timedelta(days=9), "tiers": [tuple(tier.values())]}
    store_rows(store, "model_prices", [price])
    refusal = {"project": "shop", "failed_at": NOON - timedelta(minutes=20), "signal": "traces", "reason": "malformed"}
    store_rows(store, "dead_letters", [{**refusal, "received_at": NOON, "body": ""}])
    return store

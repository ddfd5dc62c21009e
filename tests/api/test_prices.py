"""A project's own prices stand in front of the catalogue, and what is stored is priced again on demand, old costs kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.overrides import Overrides
from spanhouse_collector.ingest.reprice import Repricer
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.tables import repricings
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Query, State, Store
from tests.api.conftest import Api
from tests.otlp.messages import SECOND_NS, span, traces

pytestmark = [pytest.mark.store, pytest.mark.net]

DAY = datetime(2026, 11, 3, tzinfo=UTC)
COSTS = "SELECT name, cost_usd, toString(cost_status) AS status, price_source FROM spans FINAL ORDER BY name"
REVISIONS = "SELECT old_cost_usd, old_price_source, new_cost_usd, new_price_source FROM cost_revisions FINAL ORDER BY start_time"
TOTAL = "SELECT sum(cost_usd) AS usd, sum(priced_spans) AS priced FROM spans_minute FINAL"

Send = Callable[..., None]


@pytest.fixture(autouse=True)
def no_prices(state: State) -> None:
    """The state is shared by tests; each begins without own prices."""
    Overrides(state).replace("shop", [])


@pytest.fixture
def send(store: Store, state: State, tmp_path: Path) -> Send:
    """Stores calls of a million input tokens in project shop, one a given hour of the day; their names are the hours."""

    def run(*hours: int, model: str = "gpt-4o", scope: str = "", **more: Any) -> None:
        given: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model}
        given |= {"gen_ai.usage.input_tokens": 1_000_000, **more}
        starts = [int((DAY + timedelta(hours=hour)).timestamp()) * SECOND_NS for hour in hours]
        spans = [
            span(f"{hour:02}", given, start_time_unix_nano=start, end_time_unix_nano=start)
            for hour, start in zip(hours, starts, strict=True)
        ]
        path = tmp_path / "0.frames"
        request = traces(*spans)
        request.resource_spans[0].scope_spans[0].scope.name = scope
        path.write_bytes(frames.encode(request.SerializeToString(), project="shop", received_ms=1))
        writer = BatchWriter(store, "traces", instance="test", nested=nested, overrides_of=Overrides(state).of)
        rollup = Rollup(store, share=1.0)
        rollup.touch(writer.write(path))
        rollup.refresh()

    return run


def costs(store: Store) -> list[tuple[Any, ...]]:
    return [tuple(row.values())[1:] for row in store.query(Query(name="costs", text=COSTS))]


def put(api: Api, *items: dict[str, Any]) -> None:
    answer = api.ask("/prices/overrides", method="PUT", key="admin", json={"items": items})
    assert answer.status_code == 200, answer.text


def reprice(api: Api, first: datetime, until: datetime) -> dict[str, Any]:
    """Asks for a run and waits until it is finished."""
    wanted = {"first": first.isoformat(), "until": until.isoformat()}
    run: dict[str, Any] = api.ask("/prices/repricings", method="POST", key="admin", json=wanted).json()
    deadline = time.monotonic() + 15
    while not run["is_finished"]:
        assert time.monotonic() < deadline, run
        time.sleep(0.02)
        run = next(one for one in api.items("/prices/repricings") if one["id"] == run["id"])
    return run


def test_an_own_price_is_in_front_of_the_catalogue_while_it_is_in_force(own_api: Api, store: Store, send: Send) -> None:
    noon = (DAY + timedelta(hours=12)).isoformat()
    put(own_api, {"model": "^gpt-4", "is_pattern": True, "input_usd": "1.5", "output_usd": "0", "valid_from": noon})
    send(11, 12)
    send(13, **{"gen_ai.usage.cost": 0.25})
    (before, after, reported) = costs(store)
    assert before == (Decimal("2.5"), "computed", before[2])
    assert before[2].startswith("genai-prices ")
    assert after == (Decimal("1.5"), "computed", after[2])
    assert after[2].startswith("project price ")
    assert reported == (Decimal("0.25"), "reported", "")


def test_a_price_for_one_model_and_provider_is_for_no_other(own_api: Api, store: Store, send: Send) -> None:
    price = {"input_usd": "7", "output_usd": "0"}
    put(own_api, {"model": "gpt-4o", "provider": "azure", **price}, {"model": "gpt-4", **price}, {"model": "ours", **price})
    send(1)
    send(2, model="ours")
    send(3, model="theirs")
    assert [cost[:2] for cost in costs(store)] == [
        (Decimal("2.5"), "computed"),
        (Decimal(7), "computed"),
        (None, "unknown_model"),
    ]


def test_a_price_for_one_service_tier_is_for_no_other(own_api: Api, store: Store, send: Send) -> None:
    price = {"model": "ours", "output_usd": "0"}
    put(own_api, {**price, "input_usd": "2"}, {**price, "input_usd": "5", "service_tier": "priority"})
    send(1, model="ours")
    send(2, model="ours", **{"openai.response.service_tier": "priority"})
    send(3, model="ours", **{"openai.response.service_tier": "flex"})
    assert [cost[0] for cost in costs(store)] == [Decimal(2), Decimal(5), Decimal(2)]


def test_a_price_for_requests_is_added_once_a_call(own_api: Api, store: Store, send: Send) -> None:
    put(own_api, {"model": "ours", "input_usd": "1", "output_usd": "0", "request_usd": "0.005"})
    send(1, model="ours")
    assert costs(store)[0][0] == Decimal("1.005")


def test_one_span_says_what_its_cost_is_made_of(own_api: Api, store: Store, send: Send) -> None:
    price = {"input_usd": "2", "output_usd": "10", "cache_read_usd": "1", "cache_write_usd": "3", "request_usd": "0.5"}
    put(own_api, {"model": "ours", **price})
    kinds = {"output_tokens": 300_000, "cache_read.input_tokens": 200_000, "cache_write.input_tokens": 100_000}
    usage = {f"gen_ai.usage.{kind}": count for kind, count in (kinds | {"reasoning.output_tokens": 100_000}).items()}
    send(1, model="ours", **usage)
    (listed,) = own_api.items("/spans")
    path = f"/traces/{listed['trace_id']}/spans/{listed['span_id']}"
    one = own_api.ask(path).json()
    parts = {"input": "1.4", "cache_read": "0.2", "cache_write": "0.3", "output": "2", "reasoning": "1", "request": "0.5"}
    assert one["cost_usd"] == "5.4"
    assert one["cost_parts"] == {**{f"{name}_usd": usd for name, usd in parts.items()}, "price_source": costs(store)[0][2]}
    put(own_api, {"model": "ours", "input_usd": "1", "output_usd": "1"})
    assert own_api.ask(path).json()["cost_parts"] is None


def test_kinds_of_tokens_have_own_prices(own_api: Api, store: Store, send: Send) -> None:
    kinds = {"input_audio": "20", "cache_write_1h": "4", "output_reasoning": "30", "web_searches": "10000"}
    price = {"input_usd": "2", "output_usd": "10", "cache_read_usd": "1", "cache_write_usd": "3"}
    put(own_api, {"model": "ours", **price, "kinds_usd": kinds})
    counts = {"output_tokens": 300_000, "cache_read.input_tokens": 200_000, "cache_write.input_tokens": 100_000}
    counts |= {"audio.input_tokens": 300_000, "audio.cache_read.input_tokens": 200_000, "reasoning.output_tokens": 100_000}
    counts |= {"cache_creation.ephemeral_1h_input_tokens": 50_000, "web_search_requests": 2}
    send(1, model="ours", **{f"gen_ai.usage.{kind}": count for kind, count in counts.items()})
    (listed,) = own_api.items("/spans")
    one = own_api.ask(f"/traces/{listed['trace_id']}/spans/{listed['span_id']}").json()
    # 100,000 tokens of audio and 600,000 of text; 200,000 from a cache, at its price; of the written ones half for an hour.
    parts = {"input": "3.2", "cache_read": "0.2", "cache_write": "0.35", "output": "2", "reasoning": "3", "request": "0.02"}
    assert one["cost_usd"] == "8.77"
    assert one["cost_parts"] == {**{f"{name}_usd": usd for name, usd in parts.items()}, "price_source": costs(store)[0][2]}


def test_repricing_changes_a_range_and_keeps_both_versions(own_api: Api, store: Store, send: Send) -> None:
    send(1, 2)
    send(3, model="ours")
    put(own_api, {"model": "gpt-4o", "input_usd": "1", "output_usd": "0"}, {"model": "ours", "input_usd": "3", "output_usd": "0"})
    assert [cost[0] for cost in costs(store)] == [Decimal("2.5"), Decimal("2.5"), None]
    run = reprice(own_api, DAY + timedelta(hours=2), DAY + timedelta(days=1))
    assert (run["spans"], run["changed"]) == (2, 2)
    assert [cost[0] for cost in costs(store)] == [Decimal("2.5"), Decimal(1), Decimal(3)]
    kept = [tuple(row.values()) for row in store.query(Query(name="revisions", text=REVISIONS))]
    catalogue, own, ours = costs(store)[0][2], costs(store)[1][2], costs(store)[2][2]
    assert kept == [(Decimal("2.5"), catalogue, Decimal(1), own), (None, "", Decimal(3), ours)]
    assert store.query(Query(name="total", text=TOTAL)) == [{"usd": Decimal("6.5"), "priced": 3}]


def test_repricing_again_changes_nothing(own_api: Api, store: Store, send: Send) -> None:
    send(1, 2)
    before = costs(store)
    assert reprice(own_api, DAY, DAY + timedelta(days=1))["changed"] == 0
    assert costs(store) == before
    assert store.query(Query(name="revisions", text=REVISIONS)) == []


def test_a_run_that_was_cut_short_goes_on_where_it_was(own_api: Api, store: Store, state: State, send: Send) -> None:
    send(1, 2, 3)
    put(own_api, {"model": "gpt-4o", "input_usd": "1", "output_usd": "0"})
    stopped = Repricer(lambda: store, state)
    stopped.stop()
    run = stopped.request("shop", first=DAY, until=DAY + timedelta(days=1))
    with state.transaction() as connection:
        connection.execute(update(repricings).values(done_until=DAY + timedelta(hours=2)))
    again = reprice(own_api, DAY, DAY + timedelta(days=1))
    assert (again["id"], again["changed"]) == (run.id, 2)
    assert [cost[0] for cost in costs(store)] == [Decimal("2.5"), Decimal(1), Decimal(1)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"model": "(", "is_pattern": True}, "no regular expression"),
        ({"model": ""}, "at least 1 character"),
        ({"model": "x", "input_usd": "-1"}, "greater than or equal to 0"),
        ({"model": "x", "inptu_usd": "1"}, "not permitted"),
        ({"model": "x", "kinds_usd": {"input_smell": "1"}}, "input_smell"),
        ({"model": "x", "kinds_usd": {"input_audio": "-1"}}, "greater than or equal to 0"),
        ({"model": "x", "valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}, "not after valid_from"),
    ],
)
def test_a_price_that_makes_no_sense_is_told_and_changes_nothing(own_api: Api, wrong: dict[str, Any], sentence: str) -> None:
    item = {"input_usd": "1", "output_usd": "1", **wrong}
    before = own_api.items("/prices/overrides")
    answer = own_api.ask("/prices/overrides", method="PUT", key="admin", json={"items": [item]})
    assert (answer.status_code, sentence in answer.json()["error"]) == (400, True), answer.text
    assert own_api.items("/prices/overrides") == before


def test_an_empty_range_is_refused(own_api: Api) -> None:
    wanted = {"first": DAY.isoformat(), "until": DAY.isoformat()}
    assert own_api.ask("/prices/repricings", method="POST", key="admin", json=wanted).status_code == 400


def test_a_key_for_reading_changes_no_price(own_api: Api) -> None:
    assert own_api.ask("/prices/overrides", method="PUT", json={"items": []}).status_code == 403


def test_a_repeated_report_of_a_call_stays_without_a_cost(own_api: Api, store: Store, send: Send) -> None:
    answer = {"gen_ai.response.id": "msg_1"}
    send(1, **answer, scope="instrumentation")
    send(1, **answer, scope="client")
    put(own_api, {"model": "gpt-4o", "input_usd": "10", "output_usd": "0"})
    assert reprice(own_api, DAY, DAY + timedelta(hours=4))["changed"] == 1
    assert {status: cost for cost, status, _ in costs(store)} == {"computed": Decimal(10), "roll_up": None}
    assert store.query(Query(name="total", text=TOTAL)) == [{"usd": Decimal(10), "priced": 1}]


@pytest.mark.parametrize("place", ["model", "provider", "service_tier"])
def test_a_price_s_names_hold_no_secret(own_api: Api, state: State, place: str) -> None:
    """What is masked wherever else it is written would stand in the state database."""
    secret = "sk-" + "Zx8qLm2Vt5Rw9Kb3Nc7D"
    price = {"model": "m", place: f"tuned-{secret}", "input_usd": "1", "output_usd": "1"}
    answer = own_api.ask("/prices/overrides", method="PUT", key="admin", json={"items": [price]})
    assert (answer.status_code, secret in answer.text) == (400, False)
    assert f"items.0.{place} holds what redaction masks" in answer.json()["error"]
    assert Overrides(state).of("shop") == []

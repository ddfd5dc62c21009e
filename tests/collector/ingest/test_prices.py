"""Costs as stored equal those of genai-prices, over its whole catalogue, at any date and for any usage."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.otlp.flatten import flatten
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import SECOND_NS, span, traces

pytestmark = pytest.mark.store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOLERANCE_USD = Decimal("1e-9")


MODELS = [(provider.id, model.id) for provider in get_snapshot().providers for model in provider.models]


@pytest.fixture
def writer(store: Store) -> BatchWriter:
    return BatchWriter(store, "traces", instance="test", flatten=flatten)


def usages() -> Iterator[dict[str, int]]:
    """Usages around the tiers that the catalogue knows (128,000 to 272,000 input tokens), with and without caches."""
    while True:
        total = random.choice([0, 1, 17, 1_000, 127_999, 128_000, 128_001, 200_000, 200_001, 272_001, 1_000_000])
        cached = random.randint(0, total)
        yield {
            "input_tokens": total,
            "cache_read_tokens": random.choice([0, cached]),
            "cache_write_tokens": random.choice([0, total - cached]),
            "output_tokens": random.choice([0, 1, 999, 200_001]),
        }


def call(provider: str, model: str, usage: dict[str, int], at: datetime) -> Any:
    names = {
        "input_tokens": "gen_ai.usage.input_tokens",
        "output_tokens": "gen_ai.usage.output_tokens",
        "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
        "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens",
    }
    given: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model}
    given |= {names[name]: value for name, value in usage.items()}
    start_ns = int((at - EPOCH).total_seconds()) * SECOND_NS
    return span("call", given, start_time_unix_nano=start_ns, end_time_unix_nano=start_ns)


def published(provider: str, model: str, usage: dict[str, int], at: datetime) -> Decimal | None:
    try:
        return calc_price(Usage(**usage), model, provider_id=provider, genai_request_timestamp=at).total_price
    except LookupError:
        return None


def store_all(writer: BatchWriter, store: Store, path: Path, spans: list[Any]) -> dict[str, dict[str, Any]]:
    path.write_bytes(frames.encode(traces(*spans).SerializeToString(), project="prices", received_ms=1))
    writer.write(path)
    return {row["span_id"]: row for row in store.query(load("tests.otlp.sql", "spans"), {"project": "prices"})}


def test_costs_equal_the_catalogue(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    days = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=random.randrange(4 * 365)) for _ in range(10)]
    asked = [
        (provider, model, usage, random.choice(days) + timedelta(seconds=random.randrange(86_400)))
        for (provider, model), usage in zip(MODELS, usages(), strict=False)
    ]
    spans = [call(*one) for one in asked]
    rows = store_all(writer, store, tmp_path / "0.frames", spans)
    wrong = []
    for one, sent in zip(asked, spans, strict=True):
        found, price = rows[sent.span_id.hex()]["cost_usd"], published(*one)
        if (found is None) != (price is None) or (found is not None and price is not None and abs(found - price) > TOLERANCE_USD):
            wrong.append((one, found, price))
    assert wrong == []


def test_a_resent_batch_asks_for_no_price_again(
    writer: BatchWriter, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [call("openai", "gpt-4o", {"input_tokens": 1_000_000}, at), call("nobody", "unheard-of", {"input_tokens": 5}, at)]
    rows = store_all(writer, store, tmp_path / "0.frames", spans)
    monkeypatch.setattr("spanhouse_collector.ingest.price_book.catalogue_entries", None)
    again = BatchWriter(store, "traces", instance="test", flatten=flatten)
    assert store_all(again, store, tmp_path / "1.frames", spans) == rows
    statuses = [rows[sent.span_id.hex()]["cost_status"] for sent in spans]
    assert statuses == ["computed", "unknown_model"]
    assert rows[spans[0].span_id.hex()]["cost_usd"] == Decimal("2.5")

"""Costs as stored equal those of genai-prices, over its whole catalogue, at any date and for any usage."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.kinds import KIND_NAMES, KINDS
from spanhouse_collector.ingest.prices import TIER_KEYS
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import SECOND_NS, span, traces

pytestmark = pytest.mark.store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOLERANCE_USD = Decimal("1e-9")


MODELS = [(provider.id, model.id) for provider in get_snapshot().providers for model in provider.models]


#: Every model and service tier that the catalogue prices apart.
TIERS = [
    (provider.id, model.id, tier)
    for provider in get_snapshot().providers
    for model in provider.models
    for tier in sorted(
        {value for variant in model.price_variants or () for key, value in variant.when.items() if key in TIER_KEYS}
    )
]


@pytest.fixture
def writer(store: Store) -> BatchWriter:
    return BatchWriter(store, "traces", instance="test", nested=nested)


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


def with_kinds(usage: dict[str, int]) -> dict[str, int]:
    """The usage with kinds of its tokens that models may price apart: each token is of one kind at most."""
    read, written, output = usage["cache_read_tokens"], usage["cache_write_tokens"], usage["output_tokens"]
    kinds: dict[str, int] = {}

    def split(count: int, *kinds_of_it: str) -> None:
        for kind in kinds_of_it:
            kinds[kind] = random.choice([0, random.randint(0, count)])
            count -= kinds[kind]

    split(read, "cache_audio_read_tokens", "cache_image_read_tokens")
    split(usage["input_tokens"] - read - written, "input_audio_tokens", "input_image_tokens", "input_video_tokens")
    split(written, "cache_write_1h_tokens")
    split(output, "output_audio_tokens", "output_image_tokens", "output_video_tokens", "output_reasoning_tokens")
    # What is read from a cache counts among what was heard and seen.
    kinds["input_audio_tokens"] += kinds["cache_audio_read_tokens"]
    kinds["input_image_tokens"] += kinds["cache_image_read_tokens"]
    return {**usage, **kinds, "web_searches": random.choice([0, 1, 7])}


#: The attributes of a span by the usage that genai-prices knows.
ATTRIBUTES = {
    "input_tokens": names.INPUT_TOKENS,
    "output_tokens": names.OUTPUT_TOKENS,
    "cache_read_tokens": names.CACHE_READ_TOKENS,
    "cache_write_tokens": names.CACHE_WRITE_TOKENS,
    **{kind if kind == "web_searches" else f"{kind}_tokens": KINDS[kind].attribute for kind in KIND_NAMES},
}
#: What the catalogue prices and no span counts, in any dialect.
NOT_COUNTED = {
    *("output_citation_mtok", "audio_hours", "input_audio_hours", "input_mchars", "input_text_messages_kcount"),
    *("input_document_kpages", "input_annotated_document_kpages", "storage_searches_kcount"),
}

#: What the catalogue chooses a price by and no span tells: the host of a model, and the kind of a search.
NOT_TOLD = {"route", "search_type"}


def call(provider: str, model: str, usage: dict[str, int], at: datetime, tiers: Mapping[str, str] | None = None) -> Any:
    given: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model}
    given |= tiers or {}
    given |= {ATTRIBUTES[name]: value for name, value in usage.items()}
    start_ns = int((at - EPOCH).total_seconds()) * SECOND_NS
    return span("call", given, start_time_unix_nano=start_ns, end_time_unix_nano=start_ns)


def published(provider: str, model: str, usage: dict[str, int], at: datetime, tier: str = "") -> Decimal | None:
    context = dict.fromkeys(TIER_KEYS, tier)
    try:
        priced = calc_price(Usage(**usage), model, provider_id=provider, genai_request_timestamp=at, price_context=context)
        return priced.total_price
    except LookupError:
        return None


def store_all(writer: BatchWriter, store: Store, path: Path, spans: list[Any]) -> dict[str, dict[str, Any]]:
    path.write_bytes(frames.encode(traces(*spans).SerializeToString(), project="prices", received_ms=1))
    writer.write(path)
    return {row["span_id"]: row for row in store.query(load("tests.otlp.sql", "spans"), {"project": "prices"})}


@pytest.mark.parametrize("kinds", [False, True])
def test_costs_equal_the_catalogue(writer: BatchWriter, store: Store, tmp_path: Path, kinds: bool) -> None:
    days = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=random.randrange(4 * 365)) for _ in range(10)]
    asked = [
        (
            provider,
            model,
            with_kinds(usage) if kinds else usage,
            random.choice(days) + timedelta(seconds=random.randrange(86_400)),
        )
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


def test_costs_of_service_tiers_equal_the_catalogue(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    days = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=random.randrange(90)) for _ in range(10)]
    asked = [
        (provider, model, with_kinds(usage), random.choice(days) + timedelta(seconds=random.randrange(86_400)), tier)
        for (provider, model, tier), usage in zip(TIERS, usages(), strict=False)
    ]
    spans = [call(provider, model, usage, at, {names.RESPONSE_SERVICE_TIER: tier}) for provider, model, usage, at, tier in asked]
    rows = store_all(writer, store, tmp_path / "0.frames", spans)
    found = [rows[sent.span_id.hex()]["cost_usd"] for sent in spans]
    assert found == [pytest.approx(published(*one), abs=TOLERANCE_USD) for one in asked]


@pytest.mark.parametrize(
    ("tiers", "usd"),
    [
        ({}, "1.25"),
        ({names.RESPONSE_SERVICE_TIER: "priority"}, "2.5"),
        ({names.RESPONSE_SERVICE_TIER: "Flex"}, "0.625"),
        # What it was served as comes before what was asked for.
        ({names.REQUEST_SERVICE_TIER: "flex", names.RESPONSE_SERVICE_TIER: "default"}, "1.25"),
        ({names.REQUEST_SERVICE_TIER: "flex"}, "0.625"),
        ({"gen_ai.openai.response.service_tier": "priority"}, "2.5"),
        ({"gen_ai.response.service_tier": "priority"}, "2.5"),
        ({"gen_ai.request.service_tier": "flex"}, "0.625"),
        ({names.REQUEST_SERVICE_TIER: "auto"}, "1.25"),
        ({names.RESPONSE_SERVICE_TIER: "unheard-of"}, "1.25"),
    ],
)
def test_the_tier_that_a_call_was_served_as_is_charged(
    writer: BatchWriter, store: Store, tmp_path: Path, tiers: dict[str, str], usd: str
) -> None:
    sent = call("openai", "gpt-5", {"input_tokens": 1_000_000}, datetime(2026, 11, 1, tzinfo=UTC), tiers)
    assert store_all(writer, store, tmp_path / "0.frames", [sent])[sent.span_id.hex()]["cost_usd"] == Decimal(usd)


def test_no_price_of_the_catalogue_is_passed_over() -> None:
    """A newer catalogue may price what is neither in `KINDS` nor known to be counted by no span."""
    text = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "requests_kcount"}
    apart = {"web_searches_kcount" if kind == "web_searches" else f"{kind}_mtok" for kind in KIND_NAMES}
    priced: set[str] = set()
    told_by: set[str] = set()
    for provider in get_snapshot().providers:
        for model in provider.models:
            prices = [one.prices for one in model.prices] if isinstance(model.prices, list) else [model.prices]
            variants = model.price_variants or []
            assert all(len(variant.when) == 1 for variant in variants)
            told_by |= {key for variant in variants for key in variant.when}
            every = [*prices, *(variant.prices for variant in variants)]
            priced |= {key for price in every for key, value in vars(price).items() if value is not None}
    assert priced - text - apart - NOT_COUNTED == set()
    assert told_by - set(TIER_KEYS) == NOT_TOLD


def test_the_statement_looks_for_every_kind() -> None:
    text = load("spanhouse_collector.ingest.sql", "store_spans").text
    assert [kind for kind in KIND_NAMES if f"'{KINDS[kind].attribute}'" not in text] == []


@pytest.mark.parametrize(
    ("counts", "usd"),
    [
        # A million tokens cost 5 dollars as text, and 40 as audio.
        ({names.AUDIO_INPUT_TOKENS: 400_000}, "19"),
        ({names.AUDIO_INPUT_TOKENS: 10**15}, "40"),
        ({names.AUDIO_INPUT_TOKENS: str(2**64 - 1), names.AUDIO_CACHE_READ_TOKENS: "many"}, "5"),
        ({names.AUDIO_INPUT_TOKENS: -5}, "5"),
        ({names.AUDIO_INPUT_TOKENS: "1e5"}, "8.5"),
    ],
)
def test_counts_that_cannot_be_are_bounded(
    writer: BatchWriter, store: Store, tmp_path: Path, counts: dict[str, Any], usd: str
) -> None:
    given = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-realtime-preview"}
    sent = span("call", {**given, names.INPUT_TOKENS: 1_000_000, **counts})
    assert store_all(writer, store, tmp_path / "0.frames", [sent])[sent.span_id.hex()]["cost_usd"] == Decimal(usd)


def test_a_resent_batch_asks_for_no_price_again(
    writer: BatchWriter, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [call("openai", "gpt-4o", {"input_tokens": 1_000_000}, at), call("nobody", "unheard-of", {"input_tokens": 5}, at)]
    rows = store_all(writer, store, tmp_path / "0.frames", spans)
    monkeypatch.setattr("spanhouse_collector.ingest.price_book.catalogue_entries", None)
    again = BatchWriter(store, "traces", instance="test", nested=nested)
    assert store_all(again, store, tmp_path / "1.frames", spans) == rows
    statuses = [rows[sent.span_id.hex()]["cost_status"] for sent in spans]
    assert statuses == ["computed", "unknown_model"]
    assert rows[spans[0].span_id.hex()]["cost_usd"] == Decimal("2.5")

"""Eleven days of a busy project, made by chance from a fixed seed: traces that cross hours, retries, resent spans, scores.

`NOON` ends them. What is made has every column that hours are counted of; what the figures are nobody worked out by hand.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from spanhouse_collector.storage import Store
from tests.dashboards.seeds import NOON, Row, call, score, store_calls, store_rows

_DAY_MINUTES = 24 * 60
_TRACES = 90
_SECOND_NS = 1_000_000_000
_KINDS = ("llm", "llm", "llm", "embedding", "tool", "tool", "tool", "retriever", "agent", "guardrail")
_ERRORS = ("timeout", "RateLimitedError", "")


def store_busy_days(store: Store) -> None:
    """Stores them, a part of the spans twice, and counts the minutes and hours."""
    chance = random.Random(7)
    spans = [span for number in range(_TRACES) for span in _trace(chance, number)]
    again = [{**span, "stored_at": NOON + timedelta(days=2)} for span in chance.sample(spans, len(spans) // 5)]
    scores = [one for span in spans if span["kind"] == "llm" for one in _scores(chance, span)]
    store_rows(store, "scores", scores)
    store_calls(store, [{"stored_at": NOON + timedelta(days=1), **span} for span in spans] + again)


def _trace(chance: random.Random, number: int) -> list[Row]:
    """A root and up to eleven spans below it; every other trace begins in the last minutes of an hour."""
    minutes = chance.uniform(-20, 11 * _DAY_MINUTES)
    if number % 2:
        minutes = minutes // 60 * 60 + chance.uniform(0, 4)
    segment: Row = {
        "trace_id": f"{number:032x}",
        "service": chance.choice(("support", "search")),
        "environment": chance.choice(("prod", "staging")),
        "release": chance.choice(("1", "2")),
        "session_id": f"s{number // 4}",
        "user_id": f"u{number // 12}",
    }
    root = _span(chance, number * 100, minutes_ago=minutes, **segment, name=chance.choice(("answer", "search", "")))
    root["attributes"] = {**root["attributes"], **_experiment(number)}
    below = {**segment, "parent_span_id": root["span_id"], "name": "step"}
    count = chance.randrange(1, 10)
    return [
        root,
        *(_span(chance, number * 100 + n, minutes_ago=minutes - chance.uniform(0, 12), **below) for n in range(1, count)),
    ]


def _experiment(number: int) -> dict[str, str]:
    """Every third trace is of one of three experiments, which have their items in common."""
    named = {"spanhouse.metadata.experiment": f"e{number // 30}", "spanhouse.metadata.item": f"i{number % 2}"}
    return {} if number % 3 else named


def _span(chance: random.Random, number: int, *, minutes_ago: float, **columns: Any) -> Row:
    kind = chance.choice(_KINDS)
    is_failed, is_model_call = chance.random() < 0.3, kind in ("llm", "embedding")
    span = call(number, minutes_ago=round(minutes_ago, 3), **columns)
    found = [{"id": chance.choice("abc"), **({"score": chance.random()} if chance.random() < 0.7 else {})} for _ in range(3)]
    return {
        **span,
        "received_at": span["start_time"] + timedelta(seconds=chance.uniform(0, 9)),
        "kind": kind,
        "status_code": "Error" if is_failed else "Ok",
        "error_type": chance.choice(_ERRORS) if is_failed else "",
        "provider": chance.choice(("openai", "mistral")) if is_model_call else "",
        "response_model": chance.choice(("small", "large")) if is_model_call else "",
        "prompt_name": chance.choice(("", "ask")),
        "tool_name": chance.choice(("lookup", "write")) if kind == "tool" else "",
        "duration_ns": chance.randrange(30 * _SECOND_NS),
        "time_to_first_chunk_ns": chance.choice((None, chance.randrange(3 * _SECOND_NS))),
        "finish_reasons": chance.choice(([], ["stop"], ["content_filter", "content_filter"])) if kind == "llm" else [],
        "input_tokens": chance.randrange(1000) if is_model_call else None,
        "output_tokens": chance.choice((None, chance.randrange(100))) if is_model_call else None,
        "cost_usd": Decimal(chance.randrange(9)) / 1000 if is_model_call and chance.random() < 0.7 else None,
        "content": {"gen_ai.retrieval.documents": json.dumps(found[: chance.randrange(4)])} if kind == "retriever" else {},
        "attributes": {"db.collection.name": chance.choice(("manual", "faq"))} if kind == "retriever" else _audio(number),
    }


def _audio(number: int) -> dict[str, str]:
    """Every other span tells of audio; of one that is no model call it counts nothing."""
    return {"gen_ai.usage.audio.input_tokens": str(number % 50), "gen_ai.usage.audio.output_tokens": "7"} if number % 2 else {}


def _scores(chance: random.Random, span: Row) -> list[Row]:
    """Scores by two evaluators, of which one may have no value, and now and then a person's words and ratings."""
    segment = {name: span[name] for name in ("service", "environment", "release", "trace_id", "span_id")}
    common: Row = {**segment, "time": span["start_time"], "scored_at": NOON + timedelta(hours=1), "model": span["response_model"]}
    prompt: Row = {"prompt_name": span["prompt_name"], "prompt_version": "1"}
    by_person: Row = {"source": "person", "evaluator": ""}
    given: list[Row] = [
        {"value": chance.random()} if chance.random() < 0.8 else {"value": None, "status": "unscored", "reason": "no documents"},
        {"name": "length", "evaluator": "length", "value": chance.uniform(0, 50)},
    ]
    said: list[Row] = [
        {"name": "tone", "target": "trace", "value": None, "label": chance.choice(("warm", "cold")), **by_person},
        {"name": "thumbs", "value": chance.choice((0.0, 1.0)), **by_person},
        {"name": "stars", "value": chance.choice((1.0, 5.0)), **by_person},
    ]
    number = int(span["span_id"], 16)
    return [
        {**score(number, minutes_ago=0), **common, **prompt, **one} for one in given + (said if chance.random() < 0.3 else [])
    ]

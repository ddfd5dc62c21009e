"""Spans in a real store, and the state database, for the jobs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.runs import Counts

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
_numbers = count(1)


def a_span(**columns: Any) -> dict[str, Any]:
    """Return a row of `spans`: a model call, each with ids of its own and a second after START."""
    number = next(_numbers)
    row = {
        "project": "default",
        "start_time": START + timedelta(seconds=1),
        "duration_ns": 1_000_000_000,
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "kind": "llm",
        "operation": "chat",
        "request_model": "small",
        "response_model": "",
        "environment": "",
        "status_code": "Ok",
        "release": "1.0",
        "input_tokens": None,
        "output_tokens": None,
        "time_to_first_chunk_ns": None,
        "cost_usd": None,
        "attributes": {},
        "content": {},
        "received_at": START,
        # Long past, so that no test waits until a span has settled.
        "stored_at": START,
    }
    return {**row, **columns}


def messages(role: str, *texts: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text} for text in texts]}])


def answered(answer: str, question: str = "?", **columns: Any) -> dict[str, Any]:
    """Return a span with a question and an answer."""
    content = {"gen_ai.input.messages": messages("user", question), "gen_ai.output.messages": messages("assistant", answer)}
    return a_span(content=content, **columns)


def retrieved(*documents: object, **columns: Any) -> dict[str, Any]:
    """Return a retrieval's span."""
    content = {"gen_ai.retrieval.documents": json.dumps(documents)}
    return a_span(kind="retriever", operation="retrieval", content=content, **columns)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.sqlite'}")
    state.create_tables()
    yield state
    state.close()


def ran(job: Job, run_id: str) -> Counts:
    """Run a job to its end and return what it counted."""
    return sum(job.run(run_id), Counts())


def table(store: Store, sql: str) -> list[dict[str, Any]]:
    """Return rows for a check, as the engine's JSON gives them."""
    lines = store.raw(sql, output_format="JSONEachRow", settings={"output_format_json_quote_64bit_integers": 0})
    return [json.loads(line) for line in lines.splitlines()]

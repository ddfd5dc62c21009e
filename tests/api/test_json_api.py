"""The JSON API: what each list and route gives, its filters, its pages, and what it says when it is asked wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from spanhouse_collector.storage import State, Store
from tests.api.conftest import Api, open_api
from tests.dashboards.seeds import NOON, call, score, store_calls, store_rows
from tests.stores import break_disk, migrated

pytestmark = [pytest.mark.store, pytest.mark.net]


def _trace(number: int) -> str:
    return f"{number:032x}"


def _span(number: int) -> str:
    return f"{number:016x}"


def _fill(store: Store) -> None:
    """Five traces a minute apart; each odd one is slower, of another model, release and session."""
    spans = [
        call(
            number,
            minutes_ago=number,
            response_model=("small", "large")[number % 2],
            release=str(number % 2),
            session_id=f"s{number % 2}",
            user_id=f"u{number}",
            name=f"chat {number}",
            status_code=("Ok", "Error")[number == 3],
            duration_ns=(1, 3)[number % 2] * 1_000_000_000,
        )
        for number in range(1, 6)
    ]
    nothing = {"input_tokens": None, "output_tokens": None, "cost_usd": None, "response_model": ""}
    child = call(101, minutes_ago=0.99, session_id="s1", name="search", kind="tool", parent_span_id=_span(1), **nothing)
    store_calls(store, [*spans, {**child, "trace_id": _trace(1)}])
    times = [{"project": "shop", "trace_id": row["trace_id"], "start_time": row["start_time"]} for row in spans]
    store_rows(store, "trace_times", [{**row, "end_time": row["start_time"] + timedelta(seconds=3)} for row in times])
    store_rows(store, "scores", [score(number, minutes_ago=number, value=number / 10) for number in range(1, 4)])
    store_rows(store, "scores", [score(4, minutes_ago=4, status="unscored", value=None, reason="no answer", name="relevance")])


@pytest.fixture(scope="module")
def filled(engine_url: str, state: State, api: Api) -> Iterator[Api]:
    """The API over these traces, for tests that only read."""
    store = migrated(engine_url, database="test_filled")
    _fill(store)
    with open_api(store, state, api.keys) as over:
        yield over
    store.raw("DROP DATABASE test_filled SYNC", output_format="Null")
    store.close()


@pytest.fixture
def writable(store: Store, own_api: Api) -> Api:
    """The API over a copy of these traces of the test's own."""
    _fill(store)
    return own_api


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"model": "large"}, [1, 3, 5]),
        ({"release": "0"}, [2, 4]),
        ({"session_id": "s1"}, [1, 3, 5]),
        ({"user_id": "u4"}, [4]),
        ({"status": "Error"}, [3]),
        ({"name": "chat 2"}, [2]),
        ({"min_duration_ms": "2000"}, [1, 3, 5]),
        ({"since": (NOON - timedelta(minutes=3)).isoformat()}, [1, 2, 3]),
        ({"until": (NOON - timedelta(minutes=3)).isoformat()}, [4, 5]),
        ({"service": "support", "environment": "prod", "model": "small"}, [2, 4]),
        ({"service": "other"}, []),
    ],
    ids=str,
)
def test_traces_are_filtered_newest_first(filled: Api, filters: dict[str, str], numbers: list[int]) -> None:
    assert [item["trace_id"] for item in filled.items("/traces", **filters)] == [_trace(number) for number in numbers]


def test_a_trace_in_the_list_is_its_root_span(filled: Api) -> None:
    assert filled.items("/traces", user_id="u3") == [
        {
            "trace_id": _trace(3),
            "name": "chat 3",
            "service": "support",
            "environment": "prod",
            "release": "1",
            "status_code": "Error",
            "session_id": "s1",
            "user_id": "u3",
            "start_ns": int((NOON - timedelta(minutes=3)).timestamp()) * 10**9,
            "duration_ns": 3_000_000_000,
        }
    ]


def test_spans_are_filtered_by_kind_and_carry_usage_and_cost(filled: Api) -> None:
    assert [(item["name"], item["kind"]) for item in filled.items("/spans", kind="tool")] == [("search", "tool")]
    (found,) = filled.items("/spans", kind="llm", name="chat 2")
    expected = {"model": "small", "input_tokens": 100, "output_tokens": 20, "cost_usd": "0.001", "cost_status": "computed"}
    assert expected.items() <= found.items()
    assert len(filled.items("/spans", model="large")) == 3


def test_a_trace_s_spans_come_oldest_first(filled: Api) -> None:
    spans = filled.items(f"/traces/{_trace(1).upper()}")
    assert [(span["span_id"], span["parent_span_id"]) for span in spans] == [(_span(1), ""), (_span(101), _span(1))]


def test_one_span_gives_its_values_as_they_were_sent(store: Store, own_api: Api) -> None:
    event_time = NOON - timedelta(seconds=1)
    row = call(
        7,
        minutes_ago=1,
        attributes={"a": "x", "b": "true", "c": "9007199254740993", "d": "0.5", "e": '[1,"y"]', "f": "", "g": "NaN"},
        attribute_kinds=["string_value", "bool_value", "int_value", "double_value", "array_value", "no_value", "double_value"],
        content={"gen_ai.input.messages": '[{"role":"user","parts":[]}]', "note": "AAE="},
        content_kinds=["array_value", "bytes_value"],
        **{
            "events.time": [event_time],
            "events.name": ["retry"],
            "events.attributes": [{"n": "2"}],
            "events.attribute_kinds": [["int_value"]],
            "events.dropped_attributes_count": [1],
            "links.trace_id": [_trace(8)],
            "links.span_id": [_span(8)],
            "links.trace_state": [""],
            "links.flags": [0],
            "links.attributes": [{"k": "v"}],
            "links.attribute_kinds": [["string_value"]],
            "links.dropped_attributes_count": [0],
        },
    )
    store_rows(store, "spans", [row])
    bounds = {"start_time": row["start_time"], "end_time": NOON}
    store_rows(store, "trace_times", [{"project": "shop", "trace_id": _trace(7), **bounds}])
    span = own_api.ask(f"/traces/{_trace(7)}/spans/{_span(7)}").json()
    assert {name: found["value"] for name, found in span["attributes"].items()} == {
        "a": "x",
        "b": True,
        "c": 9007199254740993,
        "d": 0.5,
        "e": [1, "y"],
        "f": None,
        "g": "NaN",
    }
    assert span["content"] == {
        "gen_ai.input.messages": {"kind": "array_value", "value": [{"role": "user", "parts": []}]},
        "note": {"kind": "bytes_value", "value": "AAE="},
    }
    event = {"time_ns": int(event_time.timestamp()) * 10**9, "name": "retry", "dropped_attributes_count": 1}
    assert span["events"] == [{**event, "attributes": {"n": {"kind": "int_value", "value": 2}}}]
    link = {"trace_id": _trace(8), "span_id": _span(8), "trace_state": "", "dropped_attributes_count": 0}
    assert span["links"] == [{**link, "attributes": {"k": {"kind": "string_value", "value": "v"}}}]


def test_sessions_sum_up_their_spans(filled: Api) -> None:
    sessions = {item["session_id"]: item for item in filled.items("/sessions")}
    assert {"traces": 3, "spans": 4, "errors": 1, "input_tokens": 300, "cost_usd": "0.003"}.items() <= sessions["s1"].items()
    assert sessions["s0"]["start_ns"] == int((NOON - timedelta(minutes=4)).timestamp()) * 10**9
    assert sessions["s0"]["end_ns"] == int((NOON - timedelta(minutes=2)).timestamp() + 1) * 10**9


def test_scores_are_filtered_and_say_why_there_is_none(filled: Api) -> None:
    assert [item["value"] for item in filled.items("/scores", name="groundedness")] == [0.1, 0.2, 0.3]
    (unscored,) = filled.items("/scores", status="unscored")
    assert (unscored["value"], unscored["reason"], unscored["name"]) == (None, "no answer", "relevance")
    assert len(filled.items("/scores", trace_id=_trace(2), source="evaluator")) == 1
    assert filled.items("/scores", source="person") == []


def test_a_project_says_how_much_it_holds(filled: Api) -> None:
    (project,) = filled.items("/projects")
    assert (project["name"], project["spans"], project["traces"], project["cost_usd"]) == ("shop", 6, 5, "0.005")
    (empty,) = filled.ask("/projects", key="rival").json()["items"]
    assert empty == {
        "name": "rival",
        "spans": 0,
        "traces": 0,
        "cost_usd": "0",
        "first_minute_ns": None,
        "last_minute_ns": None,
    }


def test_models_without_a_price_are_found(store: Store, writable: Api) -> None:
    unknown = {"cost_usd": None, "cost_status": "unknown_model", "response_model": "mystery"}
    store_calls(store, [call(20, minutes_ago=1, **unknown)])
    assert [item["model"] for item in writable.items("/models")] == ["large", "mystery", "small"]
    (found,) = writable.items("/models", unpriced="true")
    assert (found["model"], found["usage_spans"], found["priced_spans"], found["cost_usd"]) == ("mystery", 1, 0, "0")


_LISTS = ["/traces", "/spans", "/sessions", "/scores", "/models", f"/traces/{_trace(1)}"]


@pytest.mark.parametrize("path", _LISTS)
def test_pages_together_are_the_list_whatever_comes_in_between(store: Store, writable: Api, path: str) -> None:
    whole = writable.items(path)
    collected: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = writable.ask(path, params={"limit": 1, "cursor": cursor}).json()
        collected += page["items"]
        cursor = page["next_cursor"]
        newer = 900 + len(collected)
        session = {"session_id": f"new{newer}", "response_model": "a new one"}
        store_calls(store, [call(newer, minutes_ago=-1, **session)])
        store_rows(store, "scores", [score(newer, minutes_ago=-1)])
        if not cursor:
            break
    assert collected == whole


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/traces?limit=0", "query.limit is '0': Input should be greater than or equal to 1"),
        ("/traces?cursor=nonsense", "cursor 'nonsense' is not one of ours; take it from next_cursor of the page before"),
        ("/traces?sevice=a", "query.sevice is 'a': Extra inputs are not permitted"),
        ("/traces?since=2026-01-01T00:00:00", "query.since is '2026-01-01T00:00:00': Input should have timezone info"),
        ("/traces?status=Bad", "query.status is 'Bad': Input should be '', 'Unset', 'Ok' or 'Error'"),
        ("/spans?min_duration_ms=nan", "query.min_duration_ms is 'nan': Input should be"),
    ],
)
def test_wrong_parameters_are_told_in_one_sentence(filled: Api, path: str, sentence: str) -> None:
    answer = filled.ask(path)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


def test_what_is_not_stored_is_not_found(filled: Api) -> None:
    for path in (f"/traces/{_trace(99)}", f"/traces/{_trace(99)}/spans/{_span(1)}", f"/traces/{_trace(1)}/spans/{_span(99)}"):
        answer = filled.ask(path)
        assert (answer.status_code, set(answer.json())) == (404, {"error"})


def test_a_person_s_score_stands_beside_the_others_and_knows_where_it_belongs(writable: Api) -> None:
    body = {"name": "helpful", "value": 1, "trace_id": _trace(2), "span_id": _span(2), "author": "ana", "explanation": "good"}
    made = writable.ask("/scores", method="POST", key="ingest", json=body)
    assert made.status_code == 201, made.text
    assert writable.items("/scores", source="person") == [made.json()]
    where = {"target": "span", "service": "support", "release": "0", "model": "small", "session_id": "s0", "value": 1.0}
    assert where.items() <= made.json().items()


def test_a_person_s_score_is_answered_only_once_the_disk_has_it(writable: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody says it again after a power cut."""
    break_disk(monkeypatch)
    said = {"name": "verdict", "label": "good", "trace_id": _trace(1), "span_id": _span(1)}
    answer = writable.ask("/scores", method="POST", key="admin", json=said)
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("the disk does not keep what was stored")


def test_a_second_thought_replaces_the_first_and_another_author_s_stands(writable: Api) -> None:
    for author, value in (("ana", 0), ("ana", 1), ("ben", 0.5)):
        body = {"name": "helpful", "value": value, "trace_id": _trace(2), "author": author}
        assert writable.ask("/scores", method="POST", key="admin", json=body).status_code == 201
    found = writable.items("/scores", source="person")
    assert sorted(item["value"] for item in found) == [0.5, 1.0]
    assert {item["target"] for item in found} == {"trace"}


def test_a_session_is_scored_by_its_id(writable: Api) -> None:
    made = writable.ask("/scores", method="POST", key="ingest", json={"name": "solved", "label": "yes", "session_id": "s1"})
    assert (made.status_code, made.json()["target"], made.json()["label"]) == (201, "session", "yes")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"value": None}, 400),
        ({"value": "NaN"}, 400),
        ({"trace_id": ""}, 400),
        ({"trace_id": "x"}, 400),
        ({"session_id": "s1"}, 400),
        ({"nmae": "x"}, 400),
        ({"name": ""}, 400),
        ({"trace_id": _trace(99)}, 404),
        ({"span_id": _span(99)}, 404),
    ],
    ids=str,
)
def test_what_cannot_be_scored_is_told(writable: Api, change: dict[str, Any], status: int) -> None:
    body = {"name": "helpful", "value": 1, "trace_id": _trace(2), **change}
    answer = writable.ask("/scores", method="POST", key="ingest", json=body)
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert writable.items("/scores", source="person") == []


def test_a_reader_may_not_score_nor_anybody_another_project_s_trace(writable: Api) -> None:
    body = {"name": "helpful", "value": 1, "trace_id": _trace(2)}
    assert writable.ask("/scores", method="POST", key="shop", json=body).status_code == 403
    assert writable.ask("/scores", method="POST", key="rival", json=body).status_code == 403


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("DELETE", "/livez", 405)])
def test_a_path_or_method_that_nobody_serves_is_told_in_one_sentence(api: Api, *, method: str, path: str, status: int) -> None:
    answer = httpx2.request(method, f"{api.url}{path}")
    sentence = f"there is nothing at {path}" if status == 404 else f"{path} takes no {method}"
    assert (answer.status_code, answer.json()) == (status, {"error": f"{sentence}; /api/v1/openapi.json lists what there is"})

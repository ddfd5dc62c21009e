"""Evaluators over stored spans: by command, by call, and held against a baseline."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store
from spanhouse_evaluators import stored
from spanhouse_evaluators.baseline import compare_all, gather
from spanhouse_evaluators.contract import Context, Need, evaluator
from spanhouse_evaluators.selection import Selection
from spanhouse_evaluators.stored import StoredSet, evaluate_stored
from spanhouse_server.cli import run
from tests.evaluators.conftest import START, answered, retrieved, table

pytestmark = pytest.mark.store


def stored_set(**settings: Any) -> StoredSet:
    return StoredSet(**{"project": "default", "since": START, "until": START + timedelta(days=1), **settings})


def test_each_span_gets_a_row_from_each_evaluator_in_the_order_of_time(store: Store) -> None:
    late = answered("I cannot help.", start_time=START + timedelta(minutes=2))
    early = answered("Paris.", "Where?", start_time=START + timedelta(minutes=1))
    store.insert("spans", [late, early, retrieved({"content": "Paris"}, trace_id=early["trace_id"])])
    rows = list(evaluate_stored(store, ["groundedness", "exact_match"], among=stored_set()))
    ids = [f"{span['trace_id']}/{span['span_id']}" for span in (early, late)]
    assert [(row["id"], row["evaluator"], row["value"], row["reason"]) for row in rows] == [
        (ids[0], "groundedness", 1.0, ""),
        (ids[0], "exact_match", None, "no reference"),
        (ids[1], "groundedness", None, "no retrieved context"),
        (ids[1], "exact_match", None, "no reference"),
    ]
    assert list(rows[0]) == ["id", "evaluator", "version", "value", "status", "reason"]
    assert table(store, "SELECT count() AS n FROM scores") == [{"n": 0}]


def test_the_time_and_the_selection_choose(store: Store) -> None:
    spans = {
        "before": answered("a", start_time=START - timedelta(seconds=1)),
        "other project": answered("a", project="other"),
        "other kind": answered("a", kind="tool"),
        "other model": answered("a", request_model="large"),
        "chosen": answered("a"),
        "after": answered("a", start_time=START + timedelta(days=1)),
    }
    store.insert("spans", list(spans.values()))
    among = stored_set(selection=Selection(models=("small",)))
    rows = evaluate_stored(store, ["answer_length"], among=among)
    assert [row["id"] for row in rows] == [f"{spans['chosen']['trace_id']}/{spans['chosen']['span_id']}"]


def test_portions_leave_out_no_span_and_take_none_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Three that began at the same time lie across two portions.
    starts = [1, 2, 3, 3, 3, 4, 5]
    spans = [answered("a", start_time=START + timedelta(seconds=second)) for second in starts]
    store.insert("spans", [*spans, spans[0]])
    monkeypatch.setattr(stored, "SPANS_AT_ONCE", 2)
    rows = list(evaluate_stored(store, ["answer_length"], among=stored_set()))
    assert sorted(str(row["id"]) for row in rows) == sorted(f"{span['trace_id']}/{span['span_id']}" for span in spans)


def test_two_releases_are_compared_by_the_items_they_answered(store: Store) -> None:
    for release, answer in (("1", "Paris"), ("2", "It may be Rome")):
        for number in range(20):
            attributes = {"test.case": f"case {number}"}
            span = answered(answer, attributes=attributes, environment=release)
            store.insert("spans", [span, retrieved({"content": "Paris"}, trace_id=span["trace_id"], environment=release)])
    found = [
        gather(evaluate_stored(store, ["groundedness"], among=among))
        for among in (stored_set(selection=Selection(environments=(release,)), item="test.case") for release in ("1", "2"))
    ]
    (row,) = compare_all(*found, min_effect=0.05)
    assert (row["evaluator"], row["n"], row["verdict"]) == ("groundedness", 20, "worse")


def test_whole_traces_and_sessions_are_asked_about_with_all_their_spans(store: Store) -> None:
    def spans(context: Context) -> int:
        return len(context.spans)

    needs: tuple[Need, ...] = ("span", "trace", "session")
    of_spans, of_traces, of_sessions = (evaluator(need, "1", needs=need)(spans) for need in needs)
    asked = {one.name: one for one in (of_sessions, of_traces, of_spans)}
    first, second = (answered("a", session_id="s", start_time=START + timedelta(seconds=n)) for n in (1, 2))
    tool = answered("b", kind="tool", trace_id=first["trace_id"], attributes={"test.case": "case 1"})
    too_early = answered("c", session_id="t", start_time=START - timedelta(hours=1))
    for span in (first, tool, second, too_early):
        store.insert("spans", [span])
    found = evaluate_stored(store, asked, among=stored_set(item="test.case"), configured=asked)
    rows = [(row["evaluator"], row["id"], row["value"]) for row in found]
    assert rows[:2] == [("span", f"{span['trace_id']}/{span['span_id']}", 0) for span in (first, second)]
    assert sorted(rows[2:]) == sorted([("trace", "case 1", 2), ("trace", second["trace_id"], 1), ("session", "case 1", 3)])


def test_what_cannot_be_evaluated_is_refused_in_a_sentence(store: Store) -> None:
    with pytest.raises(InvalidRequest, match=r"^No evaluator is named"):
        list(evaluate_stored(store, [], among=stored_set()))
    with pytest.raises(InvalidRequest, match=r"^Project 'default' has no span here; choose from none\.$"):
        list(evaluate_stored(store, ["refusal"], among=stored_set()))
    with pytest.raises(InvalidRequest, match=r"^The time ends at 2026-11-23 12:00, and begins then or later; give an end"):
        evaluate_stored(store, ["refusal"], among=stored_set(until=START))


@pytest.mark.parametrize(
    ("selection", "rules"),
    [
        (Selection(), ", of kind llm; take another time, or fewer filters."),
        (Selection(kinds=()), "; take another time."),
        (
            Selection(models=("small", "large"), sample=0.25),
            ", of kind llm, of model small or large, in the sample of 25.00%; take another time, or fewer filters.",
        ),
    ],
)
@pytest.mark.parametrize("name", ["refusal", "critical_path"])
def test_where_no_span_is_chosen_the_sentence_says_what_was_looked_for(
    store: Store, selection: Selection, rules: str, name: str
) -> None:
    store.insert("spans", [answered("a", start_time=START - timedelta(hours=1))])
    with pytest.raises(InvalidRequest) as refused:
        list(evaluate_stored(store, [name], among=stored_set(selection=selection)))
    where = "No span of project 'default' that began from 2026-11-23 12:00 to 2026-11-24 12:00 (UTC) is there"
    assert str(refused.value) == where + rules


def test_the_command_prints_what_it_prints_of_files(
    engine_url: str, database: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.insert("spans", [answered("I cannot help."), answered("Paris", request_model="large")])
    where = ["--store", engine_url, "--database", database, "--data", str(tmp_path)]
    asked = ["evaluate", "--project", "default", "--evaluators", "refusal", "--models", "small"]
    assert run([*asked, "--from", "2026-11-01", "--to", "2026-12-01", "--json", *where]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["evaluator"], line["value"], line["status"]) == ("refusal", True, "scored")
    for as_json in ([], ["--json"]):
        assert run([*asked, "--from", "2026-11-01", "--to", "2026-11-02", *as_json, *where]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("spanhouse: No span of project 'default' that began from ")
        assert "to 2026-11-02 00:00 (UTC) is there, of kind llm, of model small; take" in err
    assert run(["evaluate", "--project", "nobody", "--evaluators", "refusal", *where]) == 1
    assert capsys.readouterr().err == "spanhouse: Project 'nobody' has no span here; choose from default.\n"
    assert run(["evaluate", "--file", "x", "--evaluators", "refusal", "--models", "small", *where]) == 1
    assert "--models is for stored spans" in capsys.readouterr().err
    assert run([*asked, "--sample", "2", *where]) == 1
    assert "The sample is 2.0; give a share from 0 to 1." in capsys.readouterr().err

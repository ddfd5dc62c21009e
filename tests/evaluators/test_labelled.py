"""Evaluators held against human labels, from files and from the store, as `spanhouse calibrate` prints it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from spanhouse_collector.api.annotations import annotate
from spanhouse_collector.api.schemas import Annotation
from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.calibration import confusion, corrected_rate, kappa
from spanhouse_evaluators.contract import Context, evaluator
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.labelled import Rule, Stored, best_cut, calibrate_stored
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_server.cli import run
from tests.evaluators.conftest import START, answered, ran

DOCUMENT = "the sky is blue"


def judgements(*groups: tuple[int, object, object]) -> list[dict[str, object]]:
    """Return so many records of each group, with this value of a judge and this label (None: without a label)."""
    return [
        {"value": value, **({} if label is None else {"label": label})} for items, value, label in groups for _ in range(items)
    ]


def written(folder: Path, records: list[dict[str, object]]) -> str:
    path = folder / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["calibrate", *arguments, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["calibrate", *arguments]) == 1
    return capsys.readouterr().err


def test_a_judge_is_held_against_labels_and_its_rate_over_all_items_is_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = judgements(
        (45, True, True), (5, False, True), (10, True, False), (40, False, False), (62, True, None), (38, 0, None)
    )
    row = printed(capsys, "polite", "--file", written(tmp_path, [*records, {"label": True, "value": None}]))
    table = confusion([True] * 55 + [False] * 45, [True] * 45 + [False] * 10 + [True] * 5 + [False] * 40)
    chance, corrected = kappa(table), corrected_rate(117, 200, table=table)
    assert (row["n"], row["unjudged"], row["judged"]) == (100, 1, 200)
    assert row["agreement"]["value"] == 0.85
    assert row["sensitivity"]["value"] == 0.9
    assert row["specificity"]["value"] == 0.8
    assert row["rate"]["value"] == 0.585
    assert row["kappa"] == {name: getattr(chance, name) for name in ("value", "low", "high")}
    assert row["corrected_rate"] == {name: getattr(corrected, name) for name in ("value", "low", "high")}
    assert row["reasons"] == []
    assert row["baseline"]["reasons"] == ["No item has both a label and a value of this evaluator."]


def test_an_evaluator_is_asked_where_a_record_has_no_value_and_the_baseline_stands_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good: dict[str, object] = {"output": "blue", "context": DOCUMENT, "reference": "blue", "label": "yes"}
    # The baseline is blind to it: all words are there.
    bad: dict[str, object] = {"output": "the sky", "context": DOCUMENT, "reference": "blue", "label": "no"}
    row = printed(capsys, "exact_match", "--file", written(tmp_path, [good, bad] * 10))
    assert (row["evaluator"], row["version"], row["kappa"]["value"]) == ("exact_match", "2", 1.0)
    assert (row["baseline"]["evaluator"], row["baseline"]["kappa"]) == ("groundedness", None)
    # All that it says is good; half of what it says so of is, by the labels.
    assert (row["baseline"]["rate"]["value"], row["baseline"]["corrected_rate"]["value"]) == (1.0, 0.5)
    assert row["baseline"]["reasons"] == ["There is no kappa: judge or human gave the same verdict on every item."]


def test_a_table_in_csv_is_read_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.csv"
    rows = ["a,good,0.9", "b,bad,0.2", "c,good,0.4", "d,,0.9", "e,bad,"]
    path.write_text("\ufeffid,label,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    row = printed(capsys, "polite", "--file", str(path))
    assert (row["n"], row["unjudged"], row["judged"], row["agreement"]["value"]) == (3, 1, 4, pytest.approx(2 / 3))
    assert printed(capsys, "polite", "--file", str(path), "--at", "0.4")["agreement"]["value"] == 1.0


def test_a_verdict_of_which_all_are_labelled_may_be_rare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    groups = (20, True, True), (20, True, False), (60, True, None), (1, False, False)
    row = printed(capsys, "polite", "--file", written(tmp_path, judgements(*groups)))
    assert (row["corrected_rate"]["value"], row["reasons"]) == (pytest.approx(100 / 101 / 2), [])


@pytest.mark.parametrize(
    ("lacking", "groups", "reason"),
    [
        (
            "kappa",
            [(9, True, True), (30, False, False)],
            "There are 9 good and 30 bad items, and kappa needs 10 of each: label more.",
        ),
        ("kappa", [(30, True, True)], "All 30 labels say good: without bad items there is no kappa."),
        (
            "kappa",
            [(12, True, True), (12, True, False)],
            "There is no kappa: judge or human gave the same verdict on every item.",
        ),
        (
            "corrected_rate",
            [(12, True, True), (12, True, False), (9, False, False), (1, False, None)],
            "Of 10 items judged bad, 9 are labelled, and a corrected rate needs 10: label more.",
        ),
    ],
)
def test_what_cannot_be_told_is_null_and_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, lacking: str, groups: list[tuple[int, object, object]], reason: str
) -> None:
    path = written(tmp_path, judgements(*groups))
    row = printed(capsys, "polite", "--file", path)
    assert row[lacking] is None
    assert row["reasons"] == [reason]
    assert run(["calibrate", "polite", "--file", path]) == 0
    head, judge, baseline, *sentences = capsys.readouterr().out.splitlines()
    assert len(head.split("\t")) == len(judge.split("\t")) == len(baseline.split("\t"))
    assert f"polite: {reason}" in sentences


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([{"value": True}], "No item has both a label and a value of 'polite'"),
        ([{"value": True, "label": "so-so"}], "'so-so' is neither good nor bad; name the labels that are good"),
        ([{"value": 10**400, "label": True}], "is neither good nor bad"),
        ([{"output": "a", "label": True}], "There is no evaluator 'polite'"),
        ([{"id": "a", "value": 1, "label": 1}] * 2, "has item 'a' twice"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], records: list[dict[str, object]], sentence: str
) -> None:
    assert sentence in refused(capsys, "polite", "--file", written(tmp_path, records))


def test_labels_of_ones_own_are_told_apart_by_naming_the_good_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, judgements((3, "fine", "Fine"), (2, "rude", "cold")))
    row = printed(capsys, "tone", "--file", path, "--good", "fine, warm")
    assert (row["n"], row["agreement"]["value"], row["rate"]["value"]) == (5, 1.0, 0.6)


def test_the_baseline_is_cut_where_it_tells_the_labels_apart_best() -> None:
    counts: dict[tuple[float | None, bool | None], int] = {
        (1.0, True): 8,
        (0.9, False): 6,
        (0.6, True): 1,
        (0.2, False): 4,
        (0.1, None): 50,
        (None, True): 3,
    }
    assert best_cut(counts) == 1.0
    assert best_cut({(0.3, True): 5}) == 0.5


@pytest.mark.store
def test_stored_labels_stand_beside_the_newest_scores_of_the_same_spans(
    store: Store, state: State, engine_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def judged(version: str) -> None:
        @evaluator("polite", version)
        def polite(context: Context) -> bool:
            return version == "2" and "please" in context.output

        assignments = (Assignment(evaluator=polite), Assignment(evaluator=groundedness))
        ran(QualityJob(store=store, state=state, assignments=assignments), version)

    def labelled(span: dict[str, Any], value: float | None, label: str = "", author: str = "ann") -> None:
        said = Annotation(
            name="verdict", value=value, label=label, author=author, trace_id=span["trace_id"], span_id=span["span_id"]
        )
        annotate(store, said, project="default", times={"start_ns": 0, "end_ns": 2**62}, redact=str)

    texts = ["please, the sky is blue"] * 3 + ["green"] * 2
    spans = [answered(text, start_time=START + timedelta(minutes=n)) for n, text in enumerate(texts)]
    for span in spans:
        span["content"]["gen_ai.retrieval.documents"] = json.dumps([DOCUMENT])
    store.insert("spans", [*spans, answered("please", start_time=START + timedelta(days=2))])
    judged("1")
    judged("2")
    labelled(spans[0], 5.0)
    labelled(spans[1], None, "bad")
    labelled(spans[3], 1.0)
    labelled(spans[4], 5.0)
    labelled(spans[4], 2.0, author="bob")
    where = ["--store", engine_url, "--database", store.database, "--label", "verdict", "--label-at", "3"]
    row = printed(capsys, "polite", *where, "--to", "2026-11-24")
    assert (row["version"], row["n"], row["judged"], row["agreement"]["value"]) == ("2", 4, 5, 0.75)
    assert (row["sensitivity"]["value"], row["specificity"]["value"]) == (1.0, pytest.approx(2 / 3))
    assert (row["baseline"]["n"], row["baseline"]["at"], row["baseline"]["judged"]) == (4, 0.8, 5)
    assert printed(capsys, "polite", *where)["judged"] == 6
    among = Stored(project="default", label="verdict", since=START, until=START + timedelta(days=1))
    brief = calibrate_stored(store, "polite", among=among, rule=Rule(label_at=3), in_brief=True)
    assert {**brief, "baseline": None} == {**row, "baseline": None}
    # In brief the baseline judges what is labelled alone, so that nothing of its rate is left open.
    corrected = {"value": 0.25, "low": ANY, "high": ANY}
    of_labelled = {"judged": 4, "rate": ANY, "corrected_rate": corrected, "reasons": row["baseline"]["reasons"][:1]}
    assert brief["baseline"] == {**row["baseline"], **of_labelled}
    assert "has both a value of 'polite' and a person's score 'verdict'" in refused(
        capsys, "polite", *where, "--from", "2026-11-25"
    )
    assert refused(capsys, "polit", *where[:4]) == (
        "spanhouse: No item of project 'default' has both a value of 'polit' and a person's score 'polit'; evaluators scored"
        " groundedness, polite there, and people verdict.\n"
    )

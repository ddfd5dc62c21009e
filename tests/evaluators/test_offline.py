"""Evaluators over files."""

import json
from pathlib import Path
from typing import cast

import polars as pl
import pytest
from scipy import stats

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_evaluators.offline import compare_files, evaluate_file


def written(folder: Path, *records: object) -> Path:
    path = folder / "data.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return path


def test_each_record_gets_a_row_from_each_evaluator_in_order(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"id": "q1", "input": "?", "output": "Paris, France", "context": "Paris is a city"},
        {"output": "I cannot help with that."},
    )
    assert list(evaluate_file(path, ["groundedness", "refusal"])) == [
        {"id": "q1", "evaluator": "groundedness", "version": "1", "value": 0.5, "status": "scored", "reason": ""},
        {"id": "q1", "evaluator": "refusal", "version": "1", "value": False, "status": "scored", "reason": ""},
        {
            "id": 2,
            "evaluator": "groundedness",
            "version": "1",
            "value": None,
            "status": "unscored",
            "reason": "no retrieved context",
        },
        {
            "id": 2,
            "evaluator": "refusal",
            "version": "1",
            "value": True,
            "status": "scored",
            "reason": "opens with 'i cannot'",
        },
    ]


@pytest.mark.parametrize(
    "context",
    [
        ["Paris", "France"],
        {"text": "Paris France"},
        [{"id": 3, "content": "Paris"}, {"name": "France"}],
        "Paris\nFrance",
        ["", None, "France Paris"],
    ],
)
def test_context_may_be_a_text_or_a_list_or_any_json(tmp_path: Path, context: object) -> None:
    path = written(tmp_path, {"output": "Paris France", "context": context})
    assert next(evaluate_file(path, ["groundedness"]))["value"] == 1.0


def test_structured_answers_are_judged_as_their_json(tmp_path: Path) -> None:
    path = written(tmp_path, {"output": {"city": "Paris"}, "reference": '{"city": "Paris"}'})
    assert [row["value"] for row in evaluate_file(path, ["valid_json", "exact_match"])] == [True, True]


def test_an_unknown_evaluator_is_refused_before_any_row(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no evaluator 'nope'"):
        evaluate_file(written(tmp_path, {"output": "a"}), ["refusal", "nope"])


@pytest.mark.parametrize(("line", "message"), [("{", "Line 3 of .* is not JSON"), ("[1]", "Line 3 of .* not a JSON object")])
def test_a_line_that_is_no_record_is_named_after_the_rows_before_it(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f'{{"output": "a"}}\n\n{line}\n')
    rows = evaluate_file(path, ["answer_length"])
    assert next(rows)["value"] == 1.0
    with pytest.raises(InvalidRequest, match=message):
        next(rows)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"Cannot read .*absent.jsonl.*No such file"):
        list(evaluate_file(tmp_path / "absent.jsonl", ["refusal"]))
    with pytest.raises(InvalidRequest, match=r"Cannot read .*absent.parquet.* as Parquet"):
        compare_files(tmp_path / "absent.parquet", tmp_path / "absent.parquet")


def test_parquet_files_are_compared_by_column(tmp_path: Path) -> None:
    for name, offset in (("a", 0), ("b", 30)):
        pl.DataFrame({"x": [float(i + offset) for i in range(100)]}).write_parquet(tmp_path / f"{name}.parquet")
    (row,) = compare_files(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert (row["column"], row["drifted"], row["effect"]) == ("x", True, pytest.approx(0.3))


@pytest.mark.shared
def test_containment_tells_right_from_hallucinated_answers_as_measured(shared: Path, tmp_path: Path) -> None:
    lines = (shared / "data" / "halueval_qa_one_turn.json").read_text(encoding="utf-8").splitlines()
    scores: dict[str, list[float]] = {}
    for kind in ("right_answer", "hallucinated_answer"):
        records = [json.loads(line) for line in lines]
        path = written(tmp_path, *({"output": r[kind], "context": r["knowledge"]} for r in records))
        scores[kind] = [cast("float", row["value"]) for row in evaluate_file(path, ["groundedness"])]
    ranks = stats.mannwhitneyu(scores["right_answer"], scores["hallucinated_answer"])
    assert len(scores["right_answer"]) == 500
    assert float(ranks.statistic) / 500**2 == pytest.approx(0.907, abs=0.0005)


@pytest.mark.shared
def test_no_right_answer_counts_as_a_refusal(shared: Path, tmp_path: Path) -> None:
    lines = (shared / "data" / "halueval_qa_one_turn.json").read_text(encoding="utf-8").splitlines()
    path = written(tmp_path, *({"output": json.loads(line)["right_answer"]} for line in lines))
    assert {row["value"] for row in evaluate_file(path, ["refusal"])} == {False}

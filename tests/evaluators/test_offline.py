"""Evaluators over files."""

import json
from contextlib import suppress
from pathlib import Path
from typing import cast

import polars as pl
import pytest
from scipy import stats

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_evaluators.offline import compare_files, evaluate_file
from spanhouse_evaluators.registry import BUILT_IN
from spanhouse_server.cli import run
from tests.evaluators.judge_server import serving


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
        {"id": "q1", "evaluator": "groundedness", "version": "2", "value": 0.5, "status": "scored", "reason": ""},
        {"id": "q1", "evaluator": "refusal", "version": "2", "value": False, "status": "scored", "reason": ""},
        {
            "id": 2,
            "evaluator": "groundedness",
            "version": "2",
            "value": None,
            "status": "unscored",
            "reason": "no retrieved context",
        },
        {
            "id": 2,
            "evaluator": "refusal",
            "version": "2",
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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "line 3 is not JSON"),
        (b"[1]", "line 3 is not a JSON object"),
        (b'{"output": "\xff"}', "line 3 is not UTF-8"),
        (b"[" * 10**5, "line 3 is not JSON"),
    ],
)
def test_a_line_that_is_no_record_fails_alone_and_is_named_at_the_end(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"output": "a"}\n\n' + line + b'\n{"output": "b c"}\n')
    with pytest.raises(InvalidRequest, match=r"these lines are no records: 3; give one JSON object a line"):
        list(evaluate_file(path, ["answer_length"]))
    assert [(row["id"], row["value"], row["status"]) for row in collected(path)] == [
        (1, 1.0, "scored"),
        (3, None, "failed"),
        (4, 2.0, "scored"),
    ]
    assert reason in str(collected(path)[1]["reason"])


def collected(path: Path) -> list[dict[str, object]]:
    found = list[dict[str, object]]()
    with suppress(InvalidRequest):
        for row in evaluate_file(path, ["answer_length"]):
            found.append(row)
    return found


ODD = [
    {},
    {"output": ""},
    {"output": None, "context": None, "reference": None},
    {"output": 3, "context": 3, "reference": 3.0},
    {"output": True, "context": [True, {"a": []}], "reference": [1]},
    {"output": {"a": 1}, "context": {"content": {"b": 2}}, "attributes": "x"},
    {"id": ["odd", 1], "output": "\ud800", "context": ["\udfff"], "reference": "\ud83d"},
    {"output": "\u0000\u202e\u200b", "context": "\u0000", "reference": "\u200b"},
    {"output": "word " * 200_000, "context": ["word"] * 1_000, "reference": "word " * 10_000},
    {"id": 1, "output": "twice"},
    {"id": 1, "output": "twice"},
    {"id": float("nan"), "output": "x", "attributes": {"a": float("inf")}},
    {"output": "x", "attributes": {"gen_ai.tool.definitions": 5, "gen_ai.output.messages": {"a": 1}, "gen_ai.output.type": []}},
]


def test_whatever_a_record_holds_each_evaluator_gives_it_a_status(tmp_path: Path) -> None:
    names = [one.name for one in BUILT_IN]
    rows = list(evaluate_file(written(tmp_path, *ODD), names))
    json.dumps(rows, allow_nan=False)
    assert [row["evaluator"] for row in rows if not str(row["evaluator"]).startswith("critical_path.")] == names * len(ODD)
    assert {row["status"] for row in rows} == {"scored", "unscored"}
    assert all((row["value"] is None) == (row["status"] == "unscored") for row in rows)
    assert {row["value"] for row in rows[: 2 * len(names)]} == {None}  # nothing was said, which is no zero


def test_no_name_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="No evaluator is named"):
        evaluate_file(written(tmp_path, {}), [])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"Cannot read .*absent.jsonl.*No such file"):
        list(evaluate_file(tmp_path / "absent.jsonl", ["refusal"]))


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize(
    "command",
    ["evaluate --evaluators refusal --file", "compare --min-effect 0.1 x.jsonl", "calibrate refusal --file"],
)
def test_a_file_in_which_nothing_is_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.jsonl").write_bytes(content)
    assert run([*command.split(), "x.jsonl"]) == 1
    assert capsys.readouterr().err == "spanhouse: 'x.jsonl' is empty; give one JSON object a line.\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", r"Cannot read '.*absent': No such file or directory\."),
        ("folder", r"Cannot read '.*folder': Is a directory\."),
        ("empty", r"'.*empty' is no Parquet file that can be read \(.*\)\."),
        ("text", r"'.*text' is no Parquet file that can be read \(.*\)\."),
        ("page", r"'.*page' is no Parquet file that can be read \(a page of it is damaged\)\."),
    ],
)
def test_a_file_that_is_no_parquet_is_refused_in_one_line(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("id,x\n1,2\n" * 10)
    pl.DataFrame({"a": [1.0, 2.0, 3.0] * 40}).write_parquet(tmp_path / "page", compression="uncompressed")
    content = bytearray((tmp_path / "page").read_bytes())
    content[17] = 127  # in the header of the first page
    (tmp_path / "page").write_bytes(content)
    with pytest.raises(InvalidRequest, match=f"^{message}$"):
        compare_files(tmp_path / name, tmp_path / name)


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    for name in ("[a].parquet", "a.parquet"):
        pl.DataFrame({name: [1.0] * 20}).write_parquet(tmp_path / name)
    rows = compare_files(tmp_path / "[a].parquet", tmp_path / "a.parquet")
    assert [row["column"] for row in rows] == ["[a].parquet", "a.parquet"]


@pytest.mark.net
def test_judges_and_patterns_of_a_file_are_asked_about_records_under_one_cap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "records.jsonl"
    lines = [{"id": n, "input": "q", "output": f"answer {n}", "context": "c", "label": n % 2 == 0} for n in range(4)]
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with serving() as server:
        configured = tmp_path / "evaluators.toml"
        configured.write_text(
            f"[[endpoint]]\nname = 'e'\nurl = '{server.url}'\nmodel = 'tiny'\nconcurrency = 1\ninput_usd_per_million = 1\n"
            "[[evaluator]]\nname = 'judge'\ntype = 'judge'\nendpoint = 'e'\nprompt = 'grounded'\ncap_usd_per_day = 0.00015\n"
            "[[evaluator]]\nname = 'odd'\ntype = 'regex'\npattern = '[13]'\n"
        )
        of_file = ["--file", str(records), "--configured", str(configured), "--data", str(tmp_path / "data"), "--json"]
        assert run(["evaluate", "--evaluators", "judge,odd,answer_length", *of_file]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [row["value"] for row in found if row["evaluator"] == "odd"] == [False, True, False, True]
        # A call costs 0.0001 USD: the second one crosses the cap. Its answers are kept, and its book is that of the day.
        assert sorted(row["status"] for row in found if row["evaluator"] == "judge") == ["failed"] * 2 + ["scored"] * 2
        assert run(["calibrate", "judge", *of_file]) == 0
        row = json.loads(capsys.readouterr().out)
        assert (row["n"], row["unjudged"], len(server.asked)) == (2, 2, 2)


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

"""`spanhouse drift` and `spanhouse detect` as they are called: one object a line, one sentence for an error, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from spanhouse_evaluators.offline import detect_changes_in_file
from spanhouse_server.cli import run

_KEYS = ["column", "kind", "n_reference", "n_current", "test", "statistic", "p_value", "effect", "drifted", "reason"]


def _written(path: Path, **columns: object) -> str:
    pl.DataFrame(columns, strict=False).write_parquet(path)
    return str(path)


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""

    def refused(literal: str) -> None:
        raise ValueError(literal)

    # NaN and Infinity are Python's, not JSON's.
    return [json.loads(line, parse_constant=refused) for line in captured.out.splitlines()]


def _refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("spanhouse: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_file_that_ends_the_process_which_reads_it_is_told_in_a_sentence() -> None:
    """As polars does over some damaged ones."""
    broken = (
        "import os; from spanhouse_server import cli; cli.run = lambda _: os.kill(os.getpid(), 9); cli.main(['drift', 'a', 'b'])"
    )
    found = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.startswith("spanhouse: The command was ended by SIGKILL while it read its files: one is damaged, or")
    assert found.stderr.count("\n") == 1


def _awkward(seed: int, n: int) -> dict[str, object]:
    random = np.random.default_rng(seed)
    drawn = [float(one) for one in random.normal(size=n)]
    return {
        "cauchy": random.standard_cauchy(n) * 1e300,
        "infinite": np.where(random.random(n) < 0.3, np.inf, random.normal(size=n)),
        "nan": np.full(n, np.nan),
        "null": [None] * n,
        "constant": [0.1] * n,
        "tiny": random.normal(size=n) * 1e-310,
        "text": [f'"{one:.9f}"\n\u2028é' for one in drawn],
        "list": [[one, -one] for one in drawn],
        "empty": [[] for _ in drawn],
        "struct": [{"a": one} for one in drawn],
        "bytes": [b"\xff"] * n,
        "flag": random.random(n) < 0.5,
    }


@pytest.mark.parametrize("n", [0, 1, 5, 20, 500])
def test_every_column_of_either_file_is_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str], n: int) -> None:
    reference = _written(tmp_path / "a", **_awkward(1, 300), gone=[1] * 300)
    current = _written(tmp_path / "b", **_awkward(2, n), new=[1] * n)
    rows = _printed(capsys, "drift", reference, current, "--json")
    assert [row["column"] for row in rows] == [*_awkward(1, 0), "gone", "new"]
    assert all(list(row) == _KEYS for row in rows)
    assert all((row["drifted"] is None) == bool(row["reason"]) for row in rows)
    assert not any(row["drifted"] for row in rows)


def test_what_moved_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(1)
    latency = random.lognormal(0, 1, 500)
    reference = _written(tmp_path / "a", latency=latency, model=["a", "b"] * 250)
    current = _written(tmp_path / "b", latency=random.lognormal(0, 1, 500) * 1.5, model=["b", "a"] * 250)
    for arguments in (["--json"], ["--fdr", "--json"]):
        rows = _printed(capsys, "drift", reference, current, *arguments)
        assert [(row["column"], row["test"], row["drifted"]) for row in rows] == [
            ("latency", "ks", True),
            ("model", "chi_square", False),
        ]


def test_a_series_prints_the_index_of_each_alarm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    series = _written(tmp_path / "series", good=[True] * 50 + [None] * 10 + [False] * 20, steady=[0.9] * 80, none=[None] * 80)
    watched = ["--objective", "0.8", "--arl", "1000", "--json"]
    alarms = _printed(capsys, "detect", series, "--column", "good", *watched)
    assert alarms[0].keys() == {"index"}
    assert 60 < alarms[0]["index"] < 80
    for quiet in ("steady", "none"):
        assert _printed(capsys, "detect", series, "--column", quiet, *watched) == []


def test_without_an_objective_any_change_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(1)
    series = _written(tmp_path / "series", ms=[*random.lognormal(6, 1, 500), *random.lognormal(8, 1, 500)])
    first, *more = _printed(capsys, "detect", series, "--column", "ms", "--arl", "10000", "--json")
    assert 500 < first["index"] < 530
    assert more == []


def test_alarms_among_neighbours_that_are_alike_come_with_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk = np.random.default_rng(1).standard_normal(1_000)
    for index in range(1, len(walk)):
        walk[index] = 0.98 * walk[index - 1] + 0.2 * walk[index]
    series = _written(tmp_path / "series", walk=walk, calm=np.random.default_rng(2).random(1_000))
    for column, warned in (("walk", True), ("calm", False)):
        assert run(["detect", series, "--column", column, "--arl", "1000", "--json"]) == 0
        out, err = capsys.readouterr()
        found, _warning = detect_changes_in_file(Path(series), column, average_run_length=1_000)
        assert [json.loads(line)["index"] for line in out.splitlines()] == found
        assert err.startswith("spanhouse: Neighbouring values have a correlation of 0.9") == warned
        assert len(err.splitlines()) == int(warned)


@pytest.mark.parametrize("told", [["--objective", "0.8"], []])
def test_a_series_is_read_once_so_that_alarms_and_warning_are_of_the_same_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    series, read, files = _written(tmp_path / "series", x=[0.9] * 100), pl.read_parquet, list[Path]()

    def reading(path: Path, *, glob: bool) -> pl.DataFrame:
        files.append(path)
        return read(path, glob=glob)

    monkeypatch.setattr(pl, "read_parquet", reading)
    assert _printed(capsys, "detect", series, "--column", "x", "--arl", "1000", "--json", *told) == []
    assert files == [Path(series)]


@pytest.mark.parametrize("file", ["absent", "folder", "text"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no parquet")
    good, bad = _written(tmp_path / "good", x=[1.0]), str(tmp_path / file)
    assert repr(bad) in _refused(capsys, "drift", bad, good, "--json")
    assert repr(bad) in _refused(capsys, "drift", good, bad, "--json")
    assert repr(bad) in _refused(capsys, "detect", bad, "--column", "x", "--objective", "0.9", "--arl", "100")


def test_files_without_a_column_or_a_row_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none, good, rowless = _written(tmp_path / "none"), _written(tmp_path / "good", x=[1.0]), _written(tmp_path / "rowless", x=[])
    for pair in ((none, good), (good, none)):
        assert f"{none!r} has no column; give one" in _refused(capsys, "drift", *pair)
    assert f"{rowless!r} has no row; give one" in _refused(capsys, "detect", rowless, "--column", "x", "--arl", "100")


def test_the_table_says_why_a_column_was_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rowless = _written(tmp_path / "rowless", x=pl.Series([], dtype=pl.Float64))
    assert run(["drift", rowless, _written(tmp_path / "good", x=[1.0] * 20)]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.endswith("\tdrifted\treason")
    assert row.rsplit("\t", 1)[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--column other --objective 0.9 --arl 100", "has no column 'other'"),
        ("--column text --objective 0.9 --arl 100", "holds String; give one of numbers or booleans"),
        ("--column wide --objective 0.9 --arl 100", "Value 2.0 at index 1 is not between 0 and 1"),
        ("--column endless --objective 0.9 --arl 100", "Value inf at index 1 is not between 0 and 1"),
        ("--column x --objective 1.5 --arl 100", "The objective is 1.5"),
        ("--column x --objective=-0.1 --arl 100", "The objective is -0.1"),
        ("--column x --objective nan --arl 100", "The objective is nan"),
        ("--column x --objective 0.9 --arl 0", "The run length is 0.0"),
        ("--column x --objective 0.9 --arl nan", "The run length is nan"),
    ],
)
def test_a_series_that_does_not_fit_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: str, said: str
) -> None:
    series = _written(tmp_path / "series", x=[0.5, 1.0], text=["0.5", "1"], wide=[0.5, 2.0], endless=[0.5, float("inf")])
    assert said in _refused(capsys, "detect", series, *options.split(), "--json")


@pytest.mark.parametrize("arguments", ["drift", "drift a", "detect a", "detect a --column x", "detect a --column x --arl many"])
def test_wrong_use_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments.split())
    assert ended.value.code == 2
    assert "usage: spanhouse" in capsys.readouterr().err

"""Scores against a baseline's: who is told that they became worse, and how often wrongly."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.baseline import compare_results
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.paired import PairedComparison, compare_pairs
from spanhouse_server.cli import run

TRIALS = 3_000


def compared(baseline: list[float], current: list[float], **settings: float) -> PairedComparison:
    found = compare_pairs(baseline, current, **{"min_effect": 0.05, **settings})  # type: ignore[arg-type]  # a test's keywords
    assert isinstance(found, PairedComparison)
    return found


def test_a_loss_that_is_large_and_certain_is_worse_whichever_direction_is_better() -> None:
    good, bad = [0.9, 0.8] * 20, [0.6, 0.7] * 20
    assert compared(good, bad).verdict == "worse"
    assert compared(bad, good).verdict == "not worse"
    assert compared(bad, good, higher_is_better=False).verdict == "worse"


def test_a_loss_below_the_minimum_effect_is_no_alarm_however_certain() -> None:
    found = compared([0.5] * 50, [0.49] * 50)
    assert (found.verdict, round(found.difference.value, 6)) == ("not worse", -0.01)


def test_what_a_few_items_cannot_say_is_unclear() -> None:
    assert compared([1.0, 0.0] * 8, [0.0, 1.0] * 8).verdict == "unclear"
    assert compare_pairs([1.0] * 9, [0.0] * 9, min_effect=0.1) == Unscored("9 pairs, fewer than 10")


def test_pairs_that_never_changed_still_have_an_interval() -> None:
    found = compared([1.0] * 20, [1.0] * 20)
    assert found.difference.value == 0.0
    assert found.difference.low < 0.0 < found.difference.high


def test_a_minimum_effect_is_above_zero() -> None:
    with pytest.raises(ValueError, match="give a number above 0"):
        compare_pairs([1.0] * 20, [1.0] * 20, min_effect=0.0)


@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize("kind", ["shares", "means"])
def test_the_interval_holds_the_true_difference_95_times_in_100(kind: str, n: int) -> None:
    random = np.random.default_rng(20261123)
    held = 0
    for _ in range(TRIALS):
        if kind == "shares":
            # 80 % pass before; of those 15 % are lost, of the others 30 % are won: a true difference of -0.06.
            before = random.random(n) < 0.8
            after = np.where(before, random.random(n) >= 0.15, random.random(n) < 0.3)
            pair, truth = (before.astype(float), after.astype(float)), -0.8 * 0.15 + 0.2 * 0.3
        else:
            scores = random.beta(4, 2, n)
            pair, truth = (scores, np.clip(scores * random.uniform(0.7, 1.1, n), 0, 1)), _TRUE_MEAN_LOSS
        found = compared(*(side.tolist() for side in pair))
        held += found.difference.low <= truth <= found.difference.high
    assert 0.93 <= held / TRIALS <= 0.97


def _true_mean_loss() -> float:
    random = np.random.default_rng(1)
    before = random.beta(4, 2, 2_000_000)
    return float((np.clip(before * random.uniform(0.7, 1.1, len(before)), 0, 1) - before).mean())


_TRUE_MEAN_LOSS = _true_mean_loss()


def test_no_change_is_called_worse_once_in_a_hundred_at_most_and_a_stated_loss_is_found() -> None:
    random = np.random.default_rng(7)
    alarms = {0.0: 0, 0.1: 0}
    for _ in range(1_000):
        before = random.beta(4, 2, 200)
        for loss, seen in alarms.items():
            after = np.clip(before + random.normal(-loss, 0.15, 200), 0, 1)
            alarms[loss] = seen + (compared(before.tolist(), after.tolist()).verdict == "worse")
    assert alarms[0.0] <= 10
    assert alarms[0.1] >= 900


def results(path: Path, values: list[float], name: str = "groundedness") -> Path:
    rows = [
        {"id": n, "evaluator": name, "version": "1", "value": v, "status": "scored", "reason": ""} for n, v in enumerate(values)
    ]
    unscored = {"id": "x", "evaluator": name, "version": "1", "value": None, "status": "unscored", "reason": ""}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, unscored]))
    return path


@pytest.mark.parametrize(
    ("current", "flags", "code"),
    [([0.5] * 20, [], 1), ([0.9] * 20, [], 0), ([0.9] * 20, ["--strict"], 0), ([1.0, 0.6] * 10, ["--strict"], 1)],
)
def test_the_command_ends_with_one_when_scores_are_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], current: list[float], flags: list[str], code: int
) -> None:
    before, now = results(tmp_path / "before", [0.9, 0.8] * 10), results(tmp_path / "now", current)
    assert run(["compare", str(before), str(now), "--min-effect", "0.05", "--json", *flags]) == code
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["evaluator"], row["n"]) == ("groundedness", 20)


@pytest.mark.parametrize(
    ("name", "n", "reason"),
    [("groundedness", 15, ""), ("groundedness", 3, "3 pairs, fewer than 10"), ("own", 0, "0 pairs, fewer than 10")],
)
def test_scores_that_the_baseline_has_and_the_current_has_not_are_told_and_are_no_proof(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, n: int, reason: str
) -> None:
    before, now, both = (tmp_path / path for path in ("before", "now", "both"))
    results(before, [0.5] * 20, name)
    # Something else that is there on both sides, so that the files have anything in common.
    both.write_text(results(both, [0.5] * 20, "refusal").read_text() + before.read_text())
    now.write_text(results(now, [0.5] * n, name).read_text() + results(before, [0.5] * 20, "refusal").read_text())
    command = ["compare", str(both), str(now), "--min-effect", "0.5", "--json"]
    assert (run(command), run([*command, "--strict"])) == (0, 1)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["evaluator"], row["n"], row["lost"], row["reason"]) for row in rows[:2]] == [
        ("refusal", 20, 0, ""),
        (name, n, 20 - n, reason),
    ]


def test_an_evaluator_that_comes_along_knows_its_direction_and_others_may_be_told(tmp_path: Path) -> None:
    for name, named, verdict in (("refusal", (), "worse"), ("own", (), "not worse"), ("own", ("own",), "worse")):
        before, now = results(tmp_path / "a", [0.0] * 20, name), results(tmp_path / "b", [1.0] * 20, name)
        (row,) = compare_results(before, now, min_effect=0.1, lower_is_better=named)
        assert row["verdict"] == verdict
    (row,) = compare_results(
        results(tmp_path / "a", [1.0] * 20, "answer_length"), results(tmp_path / "b", [2.0] * 20, "answer_length"), min_effect=0.1
    )
    assert (row["verdict"], "neither better nor worse" in str(row["reason"])) == (None, True)


def test_files_without_results_are_refused_in_a_sentence(tmp_path: Path) -> None:
    good = results(tmp_path / "good", [1.0] * 20)
    for bad in (b'{"output": "x"}', b"\xff", b"[" * 100_000):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(InvalidRequest, match=r"Line 1 of .* is no result of an evaluation"):
            list(compare_results(good, tmp_path / "bad", min_effect=0.1))
    for number in ("NaN", "-Infinity", "1e200", "1" + "0" * 400):
        (tmp_path / "bad").write_text(f'{{"id": 1, "evaluator": "groundedness", "value": {number}, "status": "scored"}}')
        with pytest.raises(InvalidRequest, match=r"Item '1' was scored .* by 'groundedness'; a score is a finite number"):
            list(compare_results(good, tmp_path / "bad", min_effect=0.1))
    with pytest.raises(InvalidRequest, match="no evaluator in common"):
        list(compare_results(good, results(tmp_path / "other", [1.0] * 20, "refusal"), min_effect=0.1))


TESTS = """
import pytest

@pytest.mark.parametrize("n", range(80))
def test_answer(spanhouse_evaluate, n):
    outcomes = spanhouse_evaluate("groundedness", output=OUTPUT, context="Paris is the capital of France")
    assert outcomes["groundedness"].value > 0.1
"""


def ran_tests(folder: Path, output: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(textwrap.dedent(TESTS).replace("OUTPUT", repr(output)))
    # The plugin is loaded by its entry point where it is installed; here by name, which does not hang on how this is run.
    named = ["-p", "no:spanhouse_evaluators", "-p", "spanhouse_evaluators.pytest_plugin", "-p", "no:randomly"]
    command = [sys.executable, "-m", "pytest", "-q", *named, "-c", str(folder / "none.ini"), str(folder), *options]
    (folder / "none.ini").write_text("[pytest]\n")
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.timeout(90)  # pytest starts four times
def test_a_run_of_tests_fails_when_its_scores_are_worse_than_the_baseline(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.jsonl"
    refused = ran_tests(tmp_path, "Paris", f"--spanhouse-baseline={baseline}")
    assert (refused.returncode, "ERROR: --spanhouse-baseline: Cannot read" in refused.stderr) == (4, True), refused.stderr
    # Tests that run in other processes hand over what they evaluated.
    first = ran_tests(tmp_path, "Paris is the capital", f"--spanhouse-results={baseline}", "--numprocesses=1")
    assert first.returncode == 0, first.stdout
    assert len(baseline.read_text().splitlines()) == 80
    same = ran_tests(
        tmp_path, "Paris is the capital", f"--spanhouse-baseline={baseline}", "--deselect=test_it.py::test_answer[3]"
    )
    assert (same.returncode, "groundedness: not worse" in same.stdout) == (0, True), same.stdout
    assert "over 79 items; 1 items of the baseline have no score now" in same.stdout
    worse = ran_tests(tmp_path, "Paris or perhaps Lyon", f"--spanhouse-baseline={baseline}")
    assert (worse.returncode, "groundedness: worse" in worse.stdout) == (1, True), worse.stdout


def test_two_scores_of_one_item_are_refused_because_nobody_knows_which_counts(tmp_path: Path) -> None:
    row = json.dumps({"id": 1, "evaluator": "groundedness", "value": 0.5, "status": "scored"})
    for name, times in (("before", 1), ("now", 2)):
        (tmp_path / name).write_text(f"{row}\n" * times)
    with pytest.raises(InvalidRequest, match=r"Item '1' was scored twice by 'groundedness'"):
        list(compare_results(tmp_path / "before", tmp_path / "now", min_effect=0.1))

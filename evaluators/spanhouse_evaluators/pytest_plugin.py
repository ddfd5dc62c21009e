"""For tests of an application's answers: the fixture `spanhouse_evaluate`, results in a file, and a comparison with a baseline.

pytest loads it by its entry point, so nothing heavy is imported before it is used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spanhouse_collector.errors import SpanhouseError

if TYPE_CHECKING:
    from spanhouse_evaluators.contract import Evaluator, Outcome

Evaluate = Callable[..., Mapping[str, "Outcome"]]

_results = pytest.StashKey[list[dict[str, object]]]()
_baseline = pytest.StashKey[dict[str, dict[str, float]]]()
_comparison = pytest.StashKey[list[dict[str, Any]]]()
_fault = pytest.StashKey[str]()

OUTPUT = "spanhouse_results"
"""Under which name a process of pytest-xdist hands over what its tests evaluated."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("spanhouse", "evaluations by Spanhouse")
    group.addoption("--spanhouse-results", type=Path, metavar="FILE", help="write what was evaluated, as JSON lines")
    group.addoption("--spanhouse-baseline", type=Path, metavar="FILE", help="fail the run if scores are worse than in this file")
    group.addoption(
        "--spanhouse-min-effect", type=float, default=0.05, metavar="LOSS", help="smallest loss that counts (default: 0.05)"
    )


@pytest.fixture
def spanhouse_evaluate(request: pytest.FixtureRequest) -> Evaluate:
    """A function that evaluates an answer and returns the outcomes by name; what it finds is also kept as a result of the run.

    It takes the names of evaluators, or evaluators themselves, and a record as `spanhouse evaluate` reads it, by keyword:
    `output`, and as needed `input`, `context`, `reference`, `attributes`; `id` if a test evaluates more than one answer.
    """
    kept = request.config.stash.setdefault(_results, [])

    def evaluate(*evaluators: str | Evaluator, **record: Any) -> Mapping[str, Outcome]:
        from spanhouse_evaluators.offline import evaluate_record

        row_id = f"{request.node.nodeid}::{record['id']}" if "id" in record else request.node.nodeid
        outcomes, rows = evaluate_record({**record, "id": row_id}, evaluators)
        kept.extend(rows)
        return outcomes

    return evaluate


def pytest_configure(config: pytest.Config) -> None:
    """Read the baseline; what is wrong with it, or with the options, ends the run before the first test."""
    options = config.option
    if options.spanhouse_results is not None and not options.spanhouse_results.parent.is_dir():
        raise pytest.UsageError(f"--spanhouse-results: {str(options.spanhouse_results.parent)!r} is no folder; make it first.")
    if options.spanhouse_baseline is None:
        return
    from spanhouse_evaluators.baseline import read_results

    if not 0 < options.spanhouse_min_effect < math.inf:
        raise pytest.UsageError(f"--spanhouse-min-effect is {options.spanhouse_min_effect!r}; give a number above 0.")
    try:
        config.stash[_baseline] = read_results(options.spanhouse_baseline)
    except SpanhouseError as error:
        raise pytest.UsageError(f"--spanhouse-baseline: {error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what the tests of a process of pytest-xdist evaluated; one that died hands nothing over."""
    node.config.stash.setdefault(_results, []).extend(getattr(node, "workeroutput", {}).get(OUTPUT, []))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results, and compare them with the baseline; a worse score fails the run."""
    config, kept = session.config, session.config.stash.get(_results, [])
    handed_over: dict[str, object] | None = getattr(config, "workeroutput", None)
    if handed_over is not None:
        handed_over[OUTPUT] = kept
        return
    try:
        _write(config, kept)
        has_failed = _is_worse(config, kept)
    except (OSError, SpanhouseError) as error:
        config.stash[_fault], has_failed = str(error), True
    if has_failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _write(config: pytest.Config, kept: Sequence[Mapping[str, object]]) -> None:
    if config.option.spanhouse_results is not None:
        lines = (json.dumps(row) + "\n" for row in kept)
        config.option.spanhouse_results.write_text("".join(lines), encoding="utf-8")


def _is_worse(config: pytest.Config, kept: Sequence[Mapping[str, object]]) -> bool:
    before = config.stash.get(_baseline, None)
    if before is None:
        return False
    from spanhouse_evaluators.baseline import compare_all, gather

    rows: list[dict[str, Any]] = list(compare_all(before, gather(kept), min_effect=config.option.spanhouse_min_effect))
    config.stash[_comparison] = rows
    return any(row["verdict"] == "worse" for row in rows)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the comparison, or what kept it from being made."""
    rows, fault = config.stash.get(_comparison, []), config.stash.get(_fault, "")
    if rows or fault:
        terminalreporter.section("scores against the baseline")
    if fault:
        terminalreporter.write_line(f"not kept or not compared: {fault}")
    for row in rows:
        lost = f"; {row['lost']} items of the baseline have no score now" if row["lost"] else ""
        if row["verdict"] is None:
            terminalreporter.write_line(f"{row['evaluator']}: not compared, {row['reason']}{lost}")
        else:
            change = f"{row['difference']:+.4g} ({row['low']:+.4g} to {row['high']:+.4g}) over {row['n']} items"
            terminalreporter.write_line(f"{row['evaluator']}: {row['verdict']}, {change}{lost}")

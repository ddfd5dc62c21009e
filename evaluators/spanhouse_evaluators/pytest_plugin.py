"""For tests of an application's answers: the fixture `spanhouse_evaluate`, results in a file, and a comparison with a baseline.

pytest loads it by its entry point, so nothing heavy is imported before it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from spanhouse_evaluators.contract import Evaluator, Outcome

Evaluate = Callable[..., Mapping[str, "Outcome"]]

_results = pytest.StashKey[list[dict[str, object]]]()
_comparison = pytest.StashKey[list[dict[str, Any]]]()


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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results, and compare them with the baseline; a worse score fails the run."""
    options, kept = session.config.option, session.config.stash.get(_results, [])
    if options.spanhouse_results is not None:
        lines = (json.dumps(row) + "\n" for row in kept)
        options.spanhouse_results.write_text("".join(lines), encoding="utf-8")
    if options.spanhouse_baseline is not None:
        from spanhouse_evaluators.baseline import compare_all, gather, read_results

        before = read_results(options.spanhouse_baseline)
        rows: list[dict[str, Any]] = list(compare_all(before, gather(kept), min_effect=options.spanhouse_min_effect))
        session.config.stash[_comparison] = rows
        if any(row["verdict"] == "worse" for row in rows) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the comparison."""
    rows = config.stash.get(_comparison, [])
    if rows:
        terminalreporter.section("scores against the baseline")
    for row in rows:
        if row["verdict"] is None:
            terminalreporter.write_line(f"{row['evaluator']}: not compared, {row['reason']}")
        else:
            change = f"{row['difference']:+.4g} ({row['low']:+.4g} to {row['high']:+.4g}) over {row['n']} items"
            terminalreporter.write_line(f"{row['evaluator']}: {row['verdict']}, {change}")

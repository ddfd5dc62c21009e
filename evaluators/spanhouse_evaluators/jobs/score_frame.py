"""The rows of `scores` that evaluations make, as a frame: rows of Python objects would cost more than what they report.

Must not know what was asked, nor where the rows go.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import polars as pl

from spanhouse_evaluators.contract import Evaluator, Failure, Outcome, Score, Unscored
from spanhouse_evaluators.frames import FrameEvaluator
from spanhouse_evaluators.run import Outcomes
from spanhouse_evaluators.selection import Candidate

Judged = tuple[Evaluator, Candidate, Outcomes]
"""An evaluator, what it was asked about, and what it said."""

_OUTCOME: dict[str, pl.DataType | type[pl.DataType]] = {
    "at": pl.UInt32,
    "target": pl.String,
    "name": pl.String,
    "evaluator": pl.String,
    "evaluator_version": pl.String,
    "status": pl.String,
    "value": pl.Float64,
    "label": pl.String,
    "explanation": pl.String,
    "reason": pl.String,
    "cost_usd": pl.String,
}
_OF_SPAN = ("project", "trace_id", "span_id", "session_id", "environment", "release", "model")
_OF_CANDIDATE = ("response_id", "service", "prompt_name", "prompt_version")


def score_frame(found: Sequence[Judged], run_id: str) -> pl.DataFrame:
    """Return a row for each outcome, with the columns of the table `scores`.

    `reason` is for grouping, `explanation` for reading; `value` is null where there is none.
    """
    places: dict[int, int] = {}
    candidates, rows, attributes = list[Candidate](), list[tuple[Any, ...]](), list[dict[str, str] | None]()
    for evaluator, candidate, outcomes in found:
        at = places.setdefault(id(candidate), len(candidates))
        if at == len(candidates):
            candidates.append(candidate)
        about = (at, evaluator.needs)
        key = (evaluator.name, evaluator.version)
        rows += [(*about, name, *key, outcome.status, *_figures(outcome)) for name, outcome in outcomes.items()]
        attributes += [None if outcome.took is None else dict(outcome.took.attributes) for outcome in outcomes.values()]
    said = pl.DataFrame(rows, schema=_OUTCOME, orient="row")
    asked = _candidates(candidates)[said["at"]]
    constant = [pl.lit(run_id).alias("run_id"), pl.lit("evaluator").alias("source"), pl.lit(datetime.now(UTC)).alias("scored_at")]
    return pl.concat([said.drop("at"), asked], how="horizontal").with_columns(_maps(attributes), *constant)


_REPEATED = (*_OF_SPAN, *_OF_CANDIDATE, "input_hash")
_FEW = ("project", "evaluator", "evaluator_version", "name", "status", "label", "reason", "target", "run_id", "source")
_FEW_OF_SPAN = ("service", "environment", "release", "model", "prompt_name", "prompt_version")


def frame_scores(found: Sequence[tuple[FrameEvaluator, pl.DataFrame, pl.DataFrame]], run_id: str) -> pl.DataFrame:
    """Return the rows of `scores` for evaluators over frames: each with the spans it was asked about, and what it said."""
    rows = [_rows_of(evaluator, spans, said) for evaluator, spans, said in found]
    constant = {"run_id": run_id, "source": "evaluator", "target": "span"}
    named = pl.concat(rows).with_columns(**{name: pl.lit(text) for name, text in constant.items()}, scored_at=datetime.now(UTC))
    # As dictionaries: the store keeps them as such, and making them there costs a third of the insert.
    return named.with_columns(pl.col(*_FEW, *_FEW_OF_SPAN).cast(pl.Categorical))


def _rows_of(evaluator: FrameEvaluator, spans: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    time = pl.col("start_time_ns").cast(pl.Datetime("ns", "UTC")).alias("time")
    about = spans.select(*_REPEATED, time)
    mine = {"name": evaluator.name, "evaluator": evaluator.name, "evaluator_version": evaluator.version}
    return pl.concat([about, said], how="horizontal").with_columns(**{name: pl.lit(text) for name, text in mine.items()})


def _maps(attributes: Sequence[dict[str, str] | None]) -> pl.Series:
    """Return the column; most rows have none, and making a map takes longer than anything else here."""
    known = [{}, *(pairs for pairs in attributes if pairs is not None)]
    places = count(1)
    column = pl.Series("attributes", known, dtype=pl.Map(pl.String, pl.String))
    return column.gather([0 if pairs is None else next(places) for pairs in attributes])


def _candidates(candidates: Sequence[Candidate]) -> pl.DataFrame:
    contexts = [candidate.context for candidate in candidates]
    columns = {name: pl.Series([getattr(one, name) for one in contexts], dtype=pl.String) for name in _OF_SPAN}
    columns |= {name: pl.Series([getattr(one, name) for one in candidates], dtype=pl.String) for name in _OF_CANDIDATE}
    columns["input_hash"] = pl.Series([one.input_hash for one in candidates], dtype=pl.UInt64)
    starts = pl.Series([one.start_time_ns for one in contexts], dtype=pl.Int64)
    return pl.DataFrame({**columns, "time": starts.cast(pl.Datetime("ns", "UTC"))})


def _figures(outcome: Outcome) -> tuple[float | None, str, str, str, str | None]:
    """Return value, label, explanation, reason and cost, in the order of _OUTCOME."""
    took = outcome.took
    cost_usd = None if took is None or took.cost_usd is None else f"{took.cost_usd:.12f}"
    if isinstance(outcome, Unscored):
        return None, "", "", outcome.reason, cost_usd
    if isinstance(outcome, Failure):
        return None, "", outcome.reason, str(outcome.kind), cost_usd
    value, label = _value(outcome)
    return value, label, outcome.reason, "", cost_usd


def _value(score: Score) -> tuple[float | None, str]:
    """Return the number and the label: a label has no number, an assertion has both."""
    value = score.value
    if isinstance(value, str):
        return None, value
    return float(value), str(value).lower() if isinstance(value, bool) else ""

"""Evaluators over polars frames: asked about many spans at once, which for cheap ones costs a tenth of asking one by one.

Must not know where spans are stored, nor what becomes of the answers. Nothing an evaluator does gets past `said`.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from spanhouse_evaluators.contract import Answers, Context, Evaluator, Failure, FailureKind, Need, Outcome, Score, Unscored
from spanhouse_evaluators.run import (
    MAX_LABEL_CHARS,
    MAX_REASON_CHARS,
    Outcomes,
    failure_of,
    is_asynchronous,
    run,
    run_together,
    whole,
)

COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "input": pl.String,
    "output": pl.String,
    "reference": pl.String,
    "documents": pl.List(pl.String),
    "output_type": pl.String,
    "tool_definitions": pl.String,
    "output_messages": pl.String,
    "model": pl.String,
    "duration_ns": pl.Int64,
    "input_tokens": pl.UInt64,
    "output_tokens": pl.UInt64,
    "cost_usd": pl.Float64,
    "failed": pl.Boolean,
}
"""What an evaluator sees, a row for each span; texts are '' where the span did not say, `reference` and numbers null where there
is none. `output_messages` are there (as JSON) only where one of them calls a tool."""

_FROM_ATTRIBUTES = {
    "output_type": "gen_ai.output.type",
    "tool_definitions": "gen_ai.tool.definitions",
    "output_messages": "gen_ai.output.messages",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that evaluators share, such as the words of the answer: made once for all that use it, from the other columns."""

    name: str
    make: Callable[[pl.DataFrame], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameEvaluator:
    """An evaluator made of a function over a frame by `frame_evaluator`; a single context is a frame of one row."""

    name: str
    version: str
    judge: Callable[[pl.DataFrame], pl.DataFrame]
    uses: tuple[Column, ...] = ()
    bounds: tuple[float, float] | None = None
    higher_is_better: bool | None = None
    needs: Need = "span"

    def evaluate(self, context: Context, /) -> Answers:
        """Answer for one context."""
        found = self.judge(with_columns(frame_of([context]), self.uses))
        value, reason = found["value"][0], found["reason"][0]
        return Unscored(reason) if value is None else Score(value, reason)


def frame_evaluator(
    name: str,
    version: str,
    *,
    uses: tuple[Column, ...] = (),
    bounds: tuple[float, float] | None = None,
    higher_is_better: bool | None = None,
) -> Callable[[Callable[[pl.DataFrame], pl.DataFrame]], FrameEvaluator]:
    """Make an evaluator of the decorated function.

    It gets a frame with the columns COLUMNS and those that it `uses`, and gives one with a row for each of its rows, in their
    order: `value` (bool, number or text; null where the question does not arise) and `reason` (text; why there is no value
    where there is none). `answer` makes it.
    """

    def make(function: Callable[[pl.DataFrame], pl.DataFrame]) -> FrameEvaluator:
        return FrameEvaluator(
            name=name, version=version, judge=function, uses=uses, bounds=bounds, higher_is_better=higher_is_better
        )

    return make


def answer(
    value: pl.Series, *, unless: Mapping[str, pl.Series] | None = None, reason: pl.Series | pl.Expr | None = None
) -> pl.DataFrame:
    """Return what a frame's evaluator gives: the values, without those of rows that a mask of `unless` covers.

    The keys of `unless` are the reasons why there is no value; the first one that holds counts.
    """
    why, held = pl.lit("") if reason is None else pl.lit(reason) if isinstance(reason, pl.Series) else reason, pl.lit(False)
    for text, mask in reversed([*(unless or {}).items()]):
        why, held = pl.when(pl.lit(mask)).then(pl.lit(text)).otherwise(why), held | pl.lit(mask)
    frame = pl.DataFrame({"value": value})
    return frame.select(value=pl.when(~held).then("value"), reason=why)


def frame_of(contexts: Sequence[Context]) -> pl.DataFrame:
    """Return the frame of these contexts."""
    rows = {name: [_cell(context, name) for context in contexts] for name in COLUMNS}
    return pl.DataFrame(rows, schema=dict(COLUMNS), strict=False)


def _cell(context: Context, name: str) -> object:
    if name in _FROM_ATTRIBUTES:
        value = context.attributes.get(_FROM_ATTRIBUTES[name], "")
        return whole(value) if isinstance(value, str) else json.dumps(value, default=str)
    value = getattr(context, name)
    if name == "documents":
        return [whole(document) for document in value]
    return whole(value) if isinstance(value, str) else value


def outcomes_of(evaluator: Evaluator, contexts: Sequence[Context]) -> list[Outcomes]:
    """Return what any evaluator says about each context, in their order; never raises."""
    if is_asynchronous(evaluator):
        asked = run_together(evaluator, contexts, concurrency=getattr(evaluator, "concurrency", 8))
        return asyncio.run(asked)
    if not isinstance(evaluator, FrameEvaluator):
        return [run(evaluator, context) for context in contexts]
    frame = with_columns(frame_of(contexts), evaluator.uses)
    return [{evaluator.name: _outcome(*row)} for row in said(evaluator, frame).select(*_SAID).iter_rows()]


def _outcome(status: str, value: float | None, label: str, explanation: str, reason: str) -> Outcome:
    if status == "unscored":
        return Unscored(reason)
    if status == "failed":
        return Failure(FailureKind(reason), explanation)
    if value is None:
        return Score(label, explanation)
    return Score(bool(value) if label else value, explanation)


def with_columns(frame: pl.DataFrame, uses: Sequence[Column]) -> pl.DataFrame:
    """Return the frame with these columns, made in their order unless they are there."""
    for column in uses:
        if column.name not in frame.columns:
            frame = frame.with_columns(column.make(frame).alias(column.name))
    return frame


def said(evaluator: FrameEvaluator, frame: pl.DataFrame) -> pl.DataFrame:
    """Return what the evaluator says about each row; never raises.

    | column | dtype | meaning |
    | --- | --- | --- |
    | status | String | `scored`, `failed` or `unscored` |
    | value | Float64 | the number; 1 and 0 for true and false; null for a label, and where there is no value |
    | label | String | the label; `true` and `false`; else empty |
    | explanation | String | why the value is what it is, or what went wrong |
    | reason | String | the kind of the failure, or why the question does not arise; empty where scored |
    """
    try:
        found = evaluator.judge(frame).select("value", "reason")
        if found.height != frame.height:
            raise ValueError(f"answered with {found.height} rows about {frame.height}")
        return _checked(found, bounds=evaluator.bounds)
    except Exception as error:  # noqa: BLE001 - the evaluator boundary: recorded as a row
        if frame.height > 1:  # one bad row must not take the others with it
            return pl.concat([said(evaluator, frame.slice(row, 1)) for row in range(frame.height)])
        failed = failure_of(error)
        row = {"status": "failed", "value": None, "label": "", "explanation": failed.reason, "reason": str(failed.kind)}
        return pl.DataFrame(row, schema=_SAID)


_SAID = {"status": pl.String, "value": pl.Float64, "label": pl.String, "explanation": pl.String, "reason": pl.String}


def _checked(found: pl.DataFrame, *, bounds: tuple[float, float] | None) -> pl.DataFrame:
    """Return the columns of `said` for answers of one type, held against what numbers and labels may be."""
    dtype, value, text = found["value"].dtype, pl.col("value"), pl.col("reason").fill_null("").str.slice(0, MAX_REASON_CHARS)
    faults: list[tuple[pl.Expr, FailureKind, pl.Expr]] = []
    number, label = pl.lit(None, dtype=pl.Float64), pl.lit("")
    if dtype == pl.Boolean:
        number, label = value.cast(pl.Float64), value.cast(pl.String)
    elif dtype.is_numeric():
        number = value.cast(pl.Float64)
        faults = _faults(number, bounds)
    elif dtype == pl.String:
        label = value
        length = value.str.len_chars()
        faults = [(length > MAX_LABEL_CHARS, FailureKind.WRONG_TYPE, pl.format("answered with a label of {} characters", length))]
    elif dtype != pl.Null:
        raise TypeError(f"answered with {dtype}")
    kind, why = pl.lit(None, dtype=pl.String), text
    for is_fault, what, sentence in faults:
        kind, why = pl.when(is_fault).then(pl.lit(str(what))).otherwise(kind), pl.when(is_fault).then(sentence).otherwise(why)
    is_scored, is_unscored = value.is_not_null() & kind.is_null(), value.is_null()
    return found.select(
        status=pl.when(is_unscored)
        .then(pl.lit("unscored"))
        .when(kind.is_null())
        .then(pl.lit("scored"))
        .otherwise(pl.lit("failed")),
        value=pl.when(is_scored).then(number),
        label=pl.when(is_scored).then(label).otherwise(pl.lit("")),
        explanation=pl.when(is_unscored).then(pl.lit("")).otherwise(why),
        reason=pl.when(is_unscored).then(text).otherwise(kind.fill_null("")),
    )


def _faults(number: pl.Expr, bounds: tuple[float, float] | None) -> list[tuple[pl.Expr, FailureKind, pl.Expr]]:
    faults = [
        (number.is_infinite(), FailureKind.INFINITE, pl.lit("answered with infinity")),
        (number.is_nan(), FailureKind.NOT_A_NUMBER, pl.lit("answered with NaN")),
    ]
    if bounds is not None:
        outside = ~number.is_between(*bounds) & number.is_finite()
        sentence = pl.format(f"answered {{}}, outside its declared range {bounds[0]} to {bounds[1]}", number)
        faults.append((outside, FailureKind.OUT_OF_RANGE, sentence))
    return faults

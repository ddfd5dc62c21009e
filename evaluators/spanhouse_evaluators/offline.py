"""The evaluators and tests over files, for a command line and for tests: no store, no schedule."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import count, islice
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.baseline import compare_results
from spanhouse_evaluators.contract import Context, Evaluator, Failure, FailureKind, Outcome, Score
from spanhouse_evaluators.detect import detect, detect_changes
from spanhouse_evaluators.drift.comparison import ALPHA
from spanhouse_evaluators.drift.frames import compare_frames
from spanhouse_evaluators.frames import outcomes_of
from spanhouse_evaluators.given import given
from spanhouse_evaluators.json_lines import records
from spanhouse_evaluators.neighbours import warning_about_neighbours
from spanhouse_evaluators.registry import NONE_CONFIGURED, find
from spanhouse_evaluators.run import run

__all__ = [
    "compare_files",
    "compare_frames",
    "compare_results",
    "detect_changes_in_file",
    "detect_file",
    "evaluate_file",
    "evaluate_record",
]


RECORDS_AT_ONCE = 500
"""Evaluators over frames are asked about so many together."""


def evaluate_file(
    path: Path, names: Iterable[str], *, configured: Mapping[str, Evaluator] = NONE_CONFIGURED
) -> Iterator[dict[str, object]]:
    """Yield one row for each outcome of each evaluator on each record, in file order.

    The file has one JSON object a line: `output`, and as needed `id` (else the line's number),
    `input`, `context` (a text or a list of texts), `reference` and `attributes`. Texts given as
    other JSON are taken as that JSON's text.

    Rows have `id, evaluator, version, value, status, reason`; status is `scored`, `failed` or
    `unscored`, and value is null unless it is `scored`. A line that is no record fails for every
    evaluator, the others are evaluated all the same, and at the end `InvalidRequest` names the lines.
    Raises `NotFound` at once, and `InvalidRequest` for no name at all, or a file without a record.
    """
    chosen = list(dict.fromkeys(names))
    if not chosen:
        raise InvalidRequest("No evaluator is named; name at least one.")
    return _rows(path, find(chosen, configured=configured))


def evaluate_record(
    record: Mapping[str, object], evaluators: Iterable[str | Evaluator]
) -> tuple[dict[str, Outcome], list[dict[str, object]]]:
    """Return the outcomes of one record by name, and its rows as of `evaluate_file`.

    Raises NotFound for an unknown name, and InvalidSettings for what is no evaluator.
    """
    outcomes, rows = dict[str, Outcome](), list[dict[str, object]]()
    for evaluator in evaluators:
        one = _by_name(evaluator) if isinstance(evaluator, str) else given(evaluator)
        found = run(one, context_of(record))
        outcomes |= found
        rows += [result_row(record.get("id"), name, version=one.version, outcome=outcome) for name, outcome in found.items()]
    return outcomes, rows


@cache
def _by_name(name: str) -> Evaluator:
    """Return an evaluator; one that is confined keeps its process for the next record."""
    return find([name])[0]


def _rows(path: Path, evaluators: Sequence[Evaluator]) -> Iterator[dict[str, object]]:
    lines = records(path)
    bad = list[int]()
    while batch := list(islice(lines, RECORDS_AT_ONCE)):
        contexts = [context_of(record) for _, record in batch if not isinstance(record, str)]
        said = [outcomes_of(evaluator, contexts) for evaluator in evaluators]
        places = count()
        for number, record in batch:
            if isinstance(record, str):
                bad.append(number)
                fault = Failure(FailureKind.PARSE_ERROR, f"line {number} {record}")
                yield from (result_row(number, one.name, version=one.version, outcome=fault) for one in evaluators)
                continue
            place = next(places)
            for evaluator, outcomes in zip(evaluators, said, strict=True):
                rows = outcomes[place].items()
                yield from (
                    result_row(record.get("id", number), name, version=evaluator.version, outcome=found) for name, found in rows
                )
    if bad:
        named = ", ".join(map(str, bad[:5])) + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
        raise InvalidRequest(f"Of {str(path)!r} these lines are no records: {named}; give one JSON object a line.")


def result_row(record_id: object, name: str, *, version: str, outcome: Outcome) -> dict[str, object]:
    """Return one line of results, as `evaluate_file` says."""
    return {
        "id": _identity(record_id),
        "evaluator": name,
        "version": version,
        "value": outcome.value if isinstance(outcome, Score) else None,
        "status": outcome.status,
        "reason": f"{outcome.kind}: {outcome.reason}" if isinstance(outcome, Failure) else outcome.reason,
    }


def _identity(record_id: object) -> object:
    """Return an id as JSON can hold it: Python reads NaN, which no other reader does."""
    try:
        json.dumps(record_id, allow_nan=False)
    except ValueError:
        return str(record_id)
    return record_id


def context_of(record: Mapping[str, object]) -> Context:
    """Return what an evaluator sees of a record."""
    documents = record.get("context")
    reference = record.get("reference")
    attributes = record.get("attributes")
    listed = documents if isinstance(documents, list) else [documents]
    return Context(
        input=_text(record.get("input")),
        output=_text(record.get("output")),
        documents=tuple(_document(document) for document in listed if document not in (None, "")),
        reference=None if reference is None else _text(reference),
        attributes=attributes if isinstance(attributes, dict) else {},
    )


def _document(value: object) -> str:
    """Return a document's text, where it is given as an object with `content` or `text` that alone."""
    if isinstance(value, dict):
        value = value.get("content") or value.get("text") or value
    return _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def compare_files(reference: Path, current: Path, *, alpha: float = ALPHA, fdr: bool = False) -> Iterator[dict[str, object]]:
    """Yield the rows of `compare_frames` for two Parquet files.

    Raises `InvalidRequest` when one cannot be read or has no column. Columns without a row are compared, and not judged.
    """
    frames = [_parquet(path) for path in (reference, current)]
    for path, frame in zip((reference, current), frames, strict=True):
        if not frame.columns:
            raise InvalidRequest(f"{str(path)!r} has no column; give one with what is to be compared.")
    return compare_frames(*frames, alpha=alpha, fdr=fdr)


def detect_file(path: Path, column: str, *, objective: float, average_run_length: float) -> list[int]:
    """Return the row numbers, from 0, at which `detect` alarms on a column of a Parquet file.

    Booleans count as 0 and 1, missing values are passed over. Raises `InvalidRequest`, also for a file without a row.
    """
    return _alarms(_series(path, column), partial(detect, objective=objective, average_run_length=average_run_length))


def detect_changes_in_file(path: Path, column: str, *, average_run_length: float) -> tuple[list[int], str | None]:
    """Return the row numbers, from 0, at which `detect_changes` alarms on a column of a Parquet file; raises as `detect_file`.

    Beside them what to know of them, in a sentence; `None` where they hold as stated.
    """
    series = _series(path, column)
    alarms = _alarms(series, partial(detect_changes, average_run_length=average_run_length))
    return alarms, warning_about_neighbours(series, alarms=alarms)


def _alarms(series: NDArray[np.float64], detector: Callable[[NDArray[np.float64]], list[int]]) -> list[int]:
    try:
        return detector(series)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _series(path: Path, column: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where one is missing."""
    frame = _parquet(path)
    if column not in frame.columns:
        raise InvalidRequest(f"{str(path)!r} has no column {column!r}; it has {', '.join(frame.columns) or 'none'}.")
    if frame.is_empty():
        raise InvalidRequest(f"{str(path)!r} has no row; give one that holds a series.")
    series = frame[column]
    if not (series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null)):
        raise InvalidRequest(f"Column {column!r} of {str(path)!r} holds {series.dtype}; give one of numbers or booleans.")
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _parquet(path: Path) -> pl.DataFrame:
    try:
        # A folder, or what is not there, in the system's words; polars would take a folder for a data set.
        path.open("rb").close()
        return pl.read_parquet(path, glob=False)
    except OSError as error:
        raise InvalidRequest(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except pl.exceptions.PanicException as error:  # which is no Exception
        raise InvalidRequest(f"{str(path)!r} is no Parquet file that can be read (a page of it is damaged).") from error
    except pl.exceptions.PolarsError as error:
        said = str(error).split("\n")[0].removeprefix("parquet: ").rstrip(".")
        raise InvalidRequest(f"{str(path)!r} is no Parquet file that can be read ({said}).") from error

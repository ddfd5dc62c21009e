"""The evaluators and tests over files, for a command line and for tests: no store, no schedule."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.contract import Context, Evaluator, Failure, Score
from spanhouse_evaluators.detect import detect
from spanhouse_evaluators.drift.comparison import ALPHA
from spanhouse_evaluators.drift.frames import compare_frames
from spanhouse_evaluators.registry import find
from spanhouse_evaluators.run import run

__all__ = ["compare_files", "compare_frames", "detect_file", "evaluate_file"]


def evaluate_file(path: Path, names: Iterable[str]) -> Iterator[dict[str, object]]:
    """Yield one row for each outcome of each evaluator on each record, in file order.

    The file has one JSON object a line: `output`, and as needed `id` (else the line's number),
    `input`, `context` (a text or a list of texts), `reference` and `attributes`. Texts given as
    other JSON are taken as that JSON's text.

    Rows have `id, evaluator, version, value, status, reason`; status is `scored`, `failed` or
    `unscored`, and value is null unless it is `scored`. Raises `InvalidRequest` at the first line
    that is no record, after the rows before it, and `NotFound` at once.
    """
    return _rows(path, find(names))


def _rows(path: Path, evaluators: list[Evaluator]) -> Iterator[dict[str, object]]:
    for number, record in _records(path):
        context = _context(record)
        for evaluator in evaluators:
            for name, outcome in run(evaluator, context).items():
                yield {
                    "id": record.get("id", number),
                    "evaluator": name,
                    "version": evaluator.version,
                    "value": outcome.value if isinstance(outcome, Score) else None,
                    "status": outcome.status,
                    "reason": f"{outcome.kind}: {outcome.reason}" if isinstance(outcome, Failure) else outcome.reason,
                }


def _records(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        lines = path.open(encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    with lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise InvalidRequest(f"Line {number} of {str(path)!r} is not JSON ({error}); give one object a line.") from error
            if not isinstance(record, dict):
                raise InvalidRequest(f"Line {number} of {str(path)!r} is not a JSON object; give one a line.")
            yield number, record


def _context(record: dict[str, object]) -> Context:
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

    Raises `InvalidRequest` when one cannot be read.
    """
    return compare_frames(_parquet(reference), _parquet(current), alpha=alpha, fdr=fdr)


def detect_file(path: Path, column: str, *, objective: float, average_run_length: float) -> list[int]:
    """Return the row numbers, from 0, at which `detect` alarms on a column of a Parquet file.

    Booleans count as 0 and 1, missing values are passed over. Raises `InvalidRequest`.
    """
    frame = _parquet(path)
    if column not in frame.columns:
        raise InvalidRequest(f"{str(path)!r} has no column {column!r}; it has {', '.join(frame.columns)}.")
    try:
        values = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return detect(values, objective=objective, average_run_length=average_run_length)
    except pl.exceptions.InvalidOperationError as error:
        raise InvalidRequest(f"Column {column!r} of {str(path)!r} is not numeric.") from error
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InvalidRequest(f"Cannot read {str(path)!r} as Parquet: {error}.") from error

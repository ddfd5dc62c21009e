"""`spanhouse evaluate`, `drift` and `detect`: the same evaluators and tests over files, for a look and for CI."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from spanhouse_server.settings import Settings

# The columns of each command's rows, for the table that people read.
_EVALUATION = ("id", "evaluator", "version", "value", "status", "reason")
_DRIFT = ("column", "kind", "n_reference", "n_current", "test", "statistic", "p_value", "effect", "drifted")


def add_evaluate(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `evaluate`."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate the records of a file",
        description="Evaluates JSON lines with input, output, context and reference; prints one row an outcome.",
    )
    parser.add_argument("--file", type=Path, required=True, help="records, one JSON object a line")
    parser.add_argument("--evaluators", required=True, help="names, separated by commas")
    _add_json(parser)
    parser.set_defaults(command=_evaluate)


def add_drift(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `drift`."""
    parser = subparsers.add_parser(
        "drift", help="compare two Parquet files column by column", description="Tells which columns drifted from a reference."
    )
    parser.add_argument("reference", type=Path, help="Parquet file")
    parser.add_argument("current", type=Path, help="Parquet file")
    parser.add_argument("--fdr", action="store_true", help="control the false discovery rate over all columns")
    _add_json(parser)
    parser.set_defaults(command=_drift)


def add_detect(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `detect`."""
    parser = subparsers.add_parser(
        "detect",
        help="find where a series falls below its objective",
        description="Prints the index of each alarm of the sequential detector over a column with values from 0 to 1.",
    )
    parser.add_argument("series", type=Path, help="Parquet file")
    parser.add_argument("--column", required=True, help="the column to watch")
    parser.add_argument("--objective", type=float, required=True, help="mean that the series should hold, 0 to 1")
    parser.add_argument("--arl", type=float, required=True, help="items between two false alarms on average, at least")
    _add_json(parser)
    parser.set_defaults(command=_detect)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")


def _evaluate(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.offline import evaluate_file

    names = [name.strip() for name in options["evaluators"].split(",") if name.strip()]
    return _print(evaluate_file(options["file"], names), _EVALUATION, as_json=options["json"])


def _drift(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.offline import compare_files

    return _print(compare_files(options["reference"], options["current"], fdr=options["fdr"]), _DRIFT, as_json=options["json"])


def _detect(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.offline import detect_file

    found = detect_file(options["series"], options["column"], objective=options["objective"], average_run_length=options["arl"])
    return _print(({"index": index} for index in found), ("index",), as_json=options["json"])


def _print(rows: Iterable[Mapping[str, object]], columns: tuple[str, ...], *, as_json: bool) -> int:
    if not as_json:
        print("\t".join(columns))
    for row in rows:
        print(json.dumps(row) if as_json else "\t".join(_cell(row[column]) for column in columns), flush=True)
    return 0


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)

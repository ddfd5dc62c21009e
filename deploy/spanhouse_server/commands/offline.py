"""`spanhouse compare`, `drift` and `detect`: the same tests over files, for a look and for CI."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_server.settings import Settings

# The columns of each command's rows, for the table that people read.
_COMPARISON = ("evaluator", "n", "lost", "baseline", "current", "difference", "low", "high", "verdict", "reason")
_DRIFT = ("column", "kind", "n_reference", "n_current", "test", "statistic", "p_value", "effect", "drifted", "reason")


def add_compare(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `compare`."""
    parser = subparsers.add_parser(
        "compare",
        help="compare evaluations with a baseline",
        description="Compares two files that `evaluate --json` printed, item by item. Ends with 1 if an evaluator's scores are"
        " worse: by the minimum effect or more, and not by chance.",
    )
    parser.add_argument("baseline", type=Path, help="results, one JSON object a line")
    parser.add_argument("current", type=Path, help="the same of what is to be judged")
    parser.add_argument("--min-effect", type=float, required=True, help="smallest loss that counts, in the scores' unit")
    parser.add_argument("--lower-is-better", default="", help="names of own evaluators of which less is better, by commas")
    parser.add_argument("--strict", action="store_true", help="end with 1 also if a loss cannot be ruled out, or scores are lost")
    add_json(parser)
    parser.set_defaults(command=_compare)


def add_drift(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `drift`."""
    parser = subparsers.add_parser(
        "drift", help="compare two Parquet files column by column", description="Tells which columns drifted from a reference."
    )
    parser.add_argument("reference", type=Path, help="Parquet file")
    parser.add_argument("current", type=Path, help="Parquet file")
    parser.add_argument("--fdr", action="store_true", help="control the false discovery rate over all columns")
    add_json(parser)
    parser.set_defaults(command=_drift)


def add_detect(subparsers: Any, _add_settings: Callable[..., None]) -> None:
    """Adds `detect`."""
    parser = subparsers.add_parser(
        "detect",
        help="find where a series falls below its objective, or leaves its level",
        description="Prints the index of each alarm of a sequential detector over a column, in the order of its rows: of a mean "
        "of values from 0 to 1 that falls below --objective, or, without one, of any change of any numbers.",
    )
    parser.add_argument("series", type=Path, help="Parquet file")
    parser.add_argument("--column", required=True, help="the column to watch")
    parser.add_argument("--objective", type=float, help="mean that the series should hold, above 0 to 1")
    parser.add_argument("--arl", type=float, required=True, help="items between two false alarms on average, at least")
    add_json(parser)
    parser.set_defaults(command=_detect)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds `--json`."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")


def _compare(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.baseline import compare_results, may_be_worse

    if not 0 < options["min_effect"] < math.inf:
        raise InvalidRequest(f"The minimum effect is {options['min_effect']!r}; give a number above 0.")
    names = [name.strip() for name in options["lower_is_better"].split(",") if name.strip()]
    effect = options["min_effect"]
    rows = list(compare_results(options["baseline"], options["current"], min_effect=effect, lower_is_better=names))
    print_rows(rows, _COMPARISON, as_json=options["json"])
    return int(any(row["verdict"] == "worse" or (options["strict"] and may_be_worse(row)) for row in rows))


def _drift(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.offline import compare_files

    return print_rows(
        compare_files(options["reference"], options["current"], fdr=options["fdr"]), _DRIFT, as_json=options["json"]
    )


def _detect(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.offline import detect_changes_in_file, detect_file

    series, column, objective, run_length = (options[name] for name in ("series", "column", "objective", "arl"))
    if objective is None:
        found, warning = detect_changes_in_file(series, column, average_run_length=run_length)
        if warning is not None:
            print(f"spanhouse: {warning}", file=sys.stderr)
    else:
        found = detect_file(series, column, objective=objective, average_run_length=run_length)
    return print_rows(({"index": index} for index in found), ("index",), as_json=options["json"])


def print_rows(rows: Iterable[Mapping[str, object]], columns: tuple[str, ...], *, as_json: bool) -> int:
    """Prints these columns of the rows as a table, or all of each row as a line of JSON; an estimate with its interval."""
    coming = iter(rows)
    # Before the first row nothing is printed: where there is none for a reason, the reason alone is.
    first = list(islice(coming, 1))
    if not as_json:
        print("\t".join(columns))
    for row in chain(first, coming):
        print(json.dumps(row, allow_nan=False) if as_json else "\t".join(_cell(row[column]) for column in columns), flush=True)
    return 0


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return "{value:.3f} ({low:.3f} to {high:.3f})".format(**value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""Holds texts against patterns and JSON Schemas in a process beside this one, where a check that would take for ever is given up.

Must not know what the answers mean.
"""

import atexit
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import polars as pl

from spanhouse_evaluators.line_process import LineProcess

WORKER = Path(__file__).with_name("check_worker.py")

AT_ONCE = 500
"""Items of one exchange with the process: what one line of it may hold."""

START_S, ITEM_S = 10.0, 1.0
"""Longest time for starting the process and for each item, which on a busy machine is more than the processor's."""

SCHEMAS = {
    "pattern": {"value": pl.Boolean, "reason": pl.String},
    "schema": {"value": pl.Boolean, "reason": pl.String},
    "definitions": {"value": pl.Float64, "reason": pl.String},
}

_lock = threading.Lock()


def check(what: Literal["pattern", "schema", "definitions"], *, by: object, items: Sequence[object]) -> pl.DataFrame:
    """Return a `value` and a `reason` for each item, in their order; null with the reason where there is no value."""
    portions = [items[at : at + AT_ONCE] for at in range(0, len(items), AT_ONCE)]
    found = [row for portion in portions for row in _exchanged({"check": what, "by": by, "items": portion})]
    return pl.DataFrame(found, schema=SCHEMAS[what], orient="row")


def _exchanged(asked: Mapping[str, Any]) -> list[tuple[object, str]]:
    with _lock:
        found: list[tuple[object, str]] = _process().exchange(asked, limit_s=START_S + ITEM_S * len(asked["items"]))["found"]
    return found


@cache
def _process() -> LineProcess:
    """Return the process, which lives as long as this one."""
    # -P: the worker's folder holds modules that are called like others' libraries.
    process = LineProcess("the checks", [sys.executable, "-P", str(WORKER)])
    atexit.register(process.end)
    return process

"""`spanhouse doctor`: what is well and what is not, one sentence a check, whether the service runs or not.

While it runs, the embedded store and the ports are its own, so it is asked over HTTP; else everything is looked at directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_server import reading
from spanhouse_server.settings import Settings

_MARKS = {"ok": "ok      ", "warning": "warning ", "failed": "FAILED  "}


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is well and what is not",
        description="Checks folder, ports, state, store, journal and data. Exit code 1 if anything has failed.",
    )
    reading.add_key(parser)
    add_settings(parser, ("data", "store", "state", "database", "host", "http_port", "grpc_port", "clickhouse_port"))
    parser.set_defaults(command=_doctor)


def _doctor(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_server.health import examine

    verdicts = examine(settings, key=options["key"])
    for verdict in verdicts:
        print(f"{_MARKS[verdict.state]}{verdict.sentence}")
    return 1 if any(verdict.state == "failed" for verdict in verdicts) else 0

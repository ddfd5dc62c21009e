"""`spanhouse evaluate`: the evaluators over the records of a file or over stored spans, for a look and for CI."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_server import configured, reading
from spanhouse_server.commands.backfill import instant
from spanhouse_server.commands.offline import add_json, print_rows
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_evaluators.contract import Evaluator

_COLUMNS = ("id", "evaluator", "version", "value", "status", "reason")
_OF_STORED = ("since", "until", "kinds", "models", "environments", "sample", "always_failed", "slow_ms", "item")


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate the records of a file, or stored spans",
        description="Evaluates JSON lines with input, output, context and reference, or the spans that a project stored; prints"
        " one row an outcome and stores nothing.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--file", type=Path, help="records, one JSON object a line")
    what.add_argument("--project", help="project whose stored spans are evaluated; they have no reference")
    parser.add_argument("--evaluators", required=True, help="names, separated by commas")
    stored = parser.add_argument_group("of stored spans")
    stored.add_argument("--from", dest="since", type=instant, help="start of the spans, as 2026-11-01 (UTC; default: the first)")
    stored.add_argument("--to", dest="until", type=instant, help="the same, excluded (default: now)")
    stored.add_argument("--kinds", help="kinds of spans, by commas; '' for all (default: llm)")
    stored.add_argument("--models", help="models, by commas (default: all)")
    stored.add_argument("--environments", help="environments, by commas (default: all)")
    stored.add_argument("--sample", type=float, help="share of the traces, 0 to 1; the same ones each time (default: 1)")
    stored.add_argument("--always-failed", action="store_true", default=None, help="and all spans that failed")
    stored.add_argument("--slow-ms", type=int, help="and all spans that took so long")
    stored.add_argument("--item", help="span attribute that is a result's id, to pair runs of the same items by")
    add_json(parser)
    configured.add_file(parser)
    reading.add_key(parser)
    add_settings(parser, (*reading.SETTINGS, "state"))
    parser.set_defaults(command=_evaluate)


def _evaluate(settings: Settings, options: Mapping[str, Any]) -> int:
    names = _split(options["evaluators"])
    with configured.evaluators(settings, names, file=options["configured"]) as found:
        rows = _stored(settings, options, names, found) if options["file"] is None else _of_file(options, names, found)
        return print_rows(rows, _COLUMNS, as_json=options["json"])


def _of_file(options: Mapping[str, Any], names: list[str], found: Mapping[str, Evaluator]) -> Iterator[dict[str, object]]:
    given = [f"--{_flag(name)}" for name in _OF_STORED if options[name] is not None]
    if given:
        raise InvalidRequest(f"{given[0]} is for stored spans; give --project instead of --file, or leave it out.")
    from spanhouse_evaluators.offline import evaluate_file

    return evaluate_file(options["file"], names, configured=found)


def _stored(
    settings: Settings, options: Mapping[str, Any], names: list[str], found: Mapping[str, Evaluator]
) -> Iterator[dict[str, object]]:
    from spanhouse_evaluators.selection import Selection
    from spanhouse_evaluators.stored import StoredSet, evaluate_stored

    sample = 1.0 if options["sample"] is None else options["sample"]
    if not 0.0 <= sample <= 1.0:
        raise InvalidRequest(f"The sample is {sample!r}; give a share from 0 to 1.")
    among = StoredSet(
        project=options["project"],
        since=options["since"] or datetime.fromtimestamp(0, UTC),
        until=options["until"] or datetime.now(UTC),
        selection=Selection(
            kinds=("llm",) if options["kinds"] is None else tuple(_split(options["kinds"])),
            models=tuple(_split(options["models"] or "")),
            environments=tuple(_split(options["environments"] or "")),
            sample=sample,
            always_failed=bool(options["always_failed"]),
            slow_ms=options["slow_ms"],
        ),
        item=options["item"] or "",
    )
    store = reading.open_for_reading(settings, options)
    try:
        yield from evaluate_stored(store, names, among=among, configured=found)
    finally:
        store.close()


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _flag(name: str) -> str:
    return {"since": "from", "until": "to"}.get(name, name).replace("_", "-")

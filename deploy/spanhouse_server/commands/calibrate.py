"""`spanhouse calibrate`: how far an evaluator can be trusted, by human labels, beside the lexical baseline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_server import configured, reading
from spanhouse_server.commands.backfill import instant
from spanhouse_server.commands.offline import add_json, print_rows
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_evaluators.labelled import Rule

_OF_LABELLED = ("n", "unjudged", "agreement", "kappa", "sensitivity", "specificity")
_COLUMNS = ("evaluator", "version", "at", *_OF_LABELLED, "judged", "rate", "corrected_rate")


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "calibrate",
        help="hold an evaluator against human labels",
        description="Says how far an evaluator agrees with human labels, corrects its rate for its errors, and puts the lexical"
        " baseline beside it. Labels are in a file, or stored as scores by people.",
    )
    parser.add_argument("evaluator", help="name of the evaluator's score")
    parser.add_argument("--file", type=Path, help="records with label, and value or output and context: JSON lines, or .csv")
    parser.add_argument("--label", help="without --file: name of the scores by people (default: the evaluator's)")
    parser.add_argument(
        "--from", dest="since", type=instant, help="without --file: start of what was scored, as 2026-11-01 (UTC)"
    )
    parser.add_argument("--to", dest="until", type=instant, help="the same, excluded (default: now)")
    parser.add_argument("--project", default="default", help="project (default: %(default)s)")
    parser.add_argument("--at", type=float, default=0.5, help="a number from here on is good (default: %(default)s)")
    parser.add_argument("--label-at", type=float, default=0.5, help="the same for labels (default: %(default)s)")
    parser.add_argument("--baseline-at", type=float, help="the same for the baseline (default: what suits the labels best)")
    parser.add_argument(
        "--good", default="", help="texts that are good, by commas; all others are bad (default: true, yes, pass, …)"
    )
    add_json(parser)
    configured.add_file(parser)
    reading.add_key(parser)
    add_settings(parser, (*reading.SETTINGS, "state"))
    parser.set_defaults(command=_calibrate)


def _calibrate(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.labelled import Rule, calibrate_file

    rule = Rule(
        evaluator_at=options["at"],
        label_at=options["label_at"],
        baseline_at=options["baseline_at"],
        good=frozenset(word.strip().casefold() for word in options["good"].split(",") if word.strip()),
    )
    path = options["file"]
    if path is None:
        row = _stored(settings, options, rule=rule)
    elif options["since"] or options["until"] or options["label"]:
        raise InvalidRequest("--from, --to and --label are for stored labels; give them or --file.")
    else:
        with configured.evaluators(settings, [options["evaluator"]], file=options["configured"]) as found:
            row = calibrate_file(path, options["evaluator"], rule=rule, configured=found)
    if not row["n"]:  # in the store that was said already, with the names that it has
        raise InvalidRequest(f"No item has both a label and a value of {options['evaluator']!r}; there is nothing to compare.")
    if options["json"]:
        print(json.dumps(row, allow_nan=False))
        return 0
    return _print_table(row)


def _stored(settings: Settings, options: Mapping[str, Any], *, rule: Rule) -> dict[str, object]:
    from spanhouse_evaluators.labelled import Stored, calibrate_stored, nothing_in_common

    among = Stored(
        project=options["project"],
        label=options["label"] or options["evaluator"],
        since=options["since"] or datetime.fromtimestamp(0, UTC),
        until=options["until"] or datetime.now(UTC),
    )
    store = reading.open_for_reading(settings, options)
    try:
        row = calibrate_stored(store, options["evaluator"], among=among, rule=rule)
        if not row["n"]:
            raise InvalidRequest(nothing_in_common(store, options["evaluator"], among=among))
        return row
    finally:
        store.close()


def _print_table(row: Mapping[str, Any]) -> int:
    both = (row, row["baseline"])
    print_rows(both, _COLUMNS, as_json=False)
    for one in both:
        for reason in one["reasons"]:
            print(f"{one['evaluator']}: {reason}")
    return 0

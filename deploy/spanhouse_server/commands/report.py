"""`spanhouse report`: writes the weekly report to a file, and sends it to those whom the rules name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidRequest, InvalidSettings
from spanhouse_server import reading
from spanhouse_server.settings import Settings


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "report",
        help="write the weekly report",
        description="What changed in a project, why, what it costs, what to do: one HTML file, every figure with its query.",
    )
    parser.add_argument("--out", type=Path, help="the HTML file to write")
    parser.add_argument("--email", action="store_true", help="send it to the contacts under report_to in the file of rules")
    parser.add_argument("--project", default="default", help="project (default: %(default)s)")
    parser.add_argument("--days", type=int, default=7, help="how many days it tells about (default: %(default)s)")
    parser.add_argument(
        "--until", default="", metavar="DATE", help="up to the beginning of this day, UTC (default: the last full hour)"
    )
    parser.set_defaults(command=_report)
    reading.add_key(parser)
    add_settings(parser, (*reading.SETTINGS, "rules", "alert_webhook", "public_url"))


def _report(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.report import Week, build, page
    from spanhouse_dashboards.report.post import post, recipients
    from spanhouse_server.evaluators_role import rule_book

    if options["out"] is None and not options["email"]:
        raise InvalidSettings("the report would go nowhere; give --out FILE or --email")
    contacts = recipients(rule_book(settings)) if options["email"] else []
    week = Week.before(_until(options["until"]), days=options["days"])
    console_url = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.http_port}"
    with closing(reading.open_for_reading(settings, options)) as store:
        report = build(store, project=options["project"], week=week, console_url=console_url)
    print(report.headline)
    if options["out"] is not None:
        options["out"].write_text(page(report), encoding="utf-8")
        print(f"wrote {options['out']}")
    for contact in contacts:
        post(report, contact)
        print(f"sent to {contact.name}")
    return 0


def _until(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidRequest(f"--until is {text!r}; give a day such as 2026-11-23") from None

"""`spanhouse provision`: dashboards and alert rules as files for Grafana, or pushed to a Grafana."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidRequest, InvalidSettings
from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_server.settings import Settings


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "provision",
        help="give Grafana the dashboards and alert rules",
        description="Writes provisioning files, or pushes to a Grafana. Notification policies are never touched.",
    )
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--out", type=Path, metavar="DIR", help="write files for Grafana's provisioning folder or Git Sync")
    goal.add_argument("--grafana", metavar="URL", help="push to this Grafana")
    parser.add_argument("--token", default="", help="service account token for --grafana")
    parser.add_argument("--user", default="", help="user for --grafana, where there is no token")
    parser.add_argument("--password", default="", help="password of --user")
    parser.add_argument("--dry-run", action="store_true", help="with --grafana, change nothing and say what would change")
    parser.add_argument("--prune", action="store_true", help="with --grafana, delete what we brought and no longer have")
    parser.add_argument(
        "--diff", action="store_true", help="with --grafana, show each change as a diff; with --dry-run too, make none"
    )
    _add_source(parser)
    add_settings(parser, ("database", "clickhouse_port", "http_port", "public_url", "alert_webhook", "rules"))
    parser.set_defaults(command=_provision)


def _add_source(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("the store, as Grafana reaches it")
    source.add_argument("--clickhouse-host", default="127.0.0.1", help="host (default: %(default)s)")
    source.add_argument("--clickhouse-user", default="default", help="user (default: %(default)s)")
    source.add_argument("--clickhouse-password", default="", help="password or read key; in files a reference such as $NAME")
    source.add_argument("--clickhouse-secure", action="store_true", help="use HTTPS")
    source.add_argument("--project", default=DEFAULT_PROJECT, help="project of the alert rules (default: %(default)s)")


def _provision(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.grafana.contacts import not_muted
    from spanhouse_dashboards.grafana.options import GrafanaOptions
    from spanhouse_server.evaluators_role import rule_book

    _refuse_what_files_cannot(options)
    _refuse_what_is_no_project(options)
    _refuse_what_grafana_cannot_reach(settings, options)
    wanted = GrafanaOptions(
        host=options["clickhouse_host"],
        port=settings.clickhouse_port,
        database=settings.database,
        username=options["clickhouse_user"],
        password=options["clickhouse_password"],
        is_secure=options["clickhouse_secure"],
        console_url=settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.http_port}",
        project=options["project"],
        book=rule_book(settings),
    )
    status = _write(options["out"], wanted) if options["out"] else _push(options, wanted)
    for rule in not_muted(wanted.book):
        print(f"note: Grafana does not mute {rule}: give the rule a webhook contact, or mute it in your notification policies")
    return status


def _refuse_what_files_cannot(options: Mapping[str, Any]) -> None:
    """Whoever asks for a dry run must not find files changed."""
    for name in ("dry_run", "prune", "diff"):
        if options["out"] and options[name]:
            flag = f"--{name.replace('_', '-')}"
            raise InvalidSettings(f"{flag} is for --grafana, and --out writes files; leave it out, or name a Grafana")


def _refuse_what_is_no_project(options: Mapping[str, Any]) -> None:
    """Rules of a project that cannot be would find nothing, and report no data for ever."""
    from spanhouse_collector.api.keys import project_name

    try:
        project_name(options["project"])
    except InvalidRequest as error:
        raise InvalidSettings(f"--project: {error}") from error


def _refuse_what_grafana_cannot_reach(settings: Settings, options: Mapping[str, Any]) -> None:
    # The console's port stands in links only, where no public address does.
    needed = ("clickhouse_port",) if settings.public_url else ("clickhouse_port", "http_port")
    for name in needed:
        if not getattr(settings, name):
            raise InvalidSettings(f"{name} is 0, which leaves the port open, and Grafana needs to know it; give the one in use")
    address = options["grafana"]
    if address and not address.startswith(("http://", "https://")):
        raise InvalidSettings(f"--grafana is {address!r}, which does not begin with http:// or https://; give the whole address")


def _write(out: Path, wanted: Any) -> int:
    from spanhouse_dashboards.grafana.files import write_provisioning

    try:
        paths = write_provisioning(out, wanted)
    except OSError as error:
        raise InvalidSettings(f"--out is {str(out)!r} and cannot be written: {error.strerror}; name another folder") from error
    for path in paths:
        print(f"wrote {path}")
    return 0


def _push(options: Mapping[str, Any], wanted: Any) -> int:
    from spanhouse_dashboards.grafana.push import GrafanaTarget, push

    target = GrafanaTarget(url=options["grafana"], token=options["token"], user=options["user"], password=options["password"])
    for change in push(target, wanted, dry_run=options["dry_run"], prune=options["prune"]):
        verb = f"would {change.action}" if options["dry_run"] and change.action != "keep" else change.action
        print(f"{verb:<14} {change.kind} {change.uid}{f' ({change.title})' if change.title else ''}")
        if options["diff"] and change.diff:
            print(change.diff)
    return 0

"""Brings a running Grafana to the dashboards and rules of this version: the one door to grafana_client.

Everything is found by UID and written only where it differs; nothing else is touched, notification policies least of all.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException
from niquests.exceptions import RequestException

from spanhouse_collector.errors import PermanentError, RetryableError
from spanhouse_dashboards.grafana.build import TAG, Json, dashboards, rule_group
from spanhouse_dashboards.grafana.contacts import OURS, contact_points, contact_uid, mute_timings
from spanhouse_dashboards.grafana.datasource import datasource
from spanhouse_dashboards.grafana.options import FOLDER_TITLE, FOLDER_UID, GrafanaOptions

# What we say of how a rule's alerts are told.
_NOTIFICATION = ("receiver", "group_by", "mute_time_intervals", "repeat_interval")

# What Grafana notes about a thing that came through its provisioning API; it notes nothing of what people make by hand.
_THROUGH_API = "api"

Action = Literal["create", "update", "keep", "delete"]


class GrafanaRefused(PermanentError):
    """Grafana does not accept a request: the credential, a permission or the content."""


class GrafanaAway(RetryableError):
    """Grafana cannot be reached or does not answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaTarget:
    """A Grafana at `url` and how to log in: a service account's token, or user and password. `timeout_s` bounds a request."""

    url: str
    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done, or in a dry run would be, to one thing; `diff` is a unified diff of its JSON, '' where it is kept.

    `title` is what people call it, '' where it has no name but its UID.
    """

    kind: str
    uid: str
    title: str
    action: Action
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """Something that is to be in Grafana, how to read what is there, and how to write it."""

    kind: str
    uid: str
    title: str = ""
    wanted: Json
    read: Callable[[], Json | None]
    create: Callable[[], object]
    update: Callable[[], object]


def push(target: GrafanaTarget, options: GrafanaOptions, *, dry_run: bool = False, prune: bool = False) -> list[Change]:
    """Creates and updates folder, data source, dashboards, contact points, mute timings and rules, and returns what it did.

    In that order. With `dry_run` only reads. With `prune` dashboards, contact points and mute timings that an earlier version
    or rule book brought and this one does not are deleted; they are known by their UIDs and names, and by what only we give
    them, as whoever names a thing of their own may take the same beginning. May be run again: the second run keeps everything.
    Blocks.
    Raises GrafanaRefused or GrafanaAway; what was done before the error stays.
    """
    credential = target.token or ((target.user, target.password) if target.user else None)
    with _translated_errors(target):
        # The client has no types; Any stops at this file.
        api: Any = GrafanaApi.from_url(_base(target.url), credential=credential, timeout=target.timeout_s)
        try:
            changes = [_apply(thing, dry_run=dry_run) for thing in _things(api, options)]
            return [*changes, *_prune(api, {change.uid for change in changes}, dry_run=dry_run)] if prune else changes
        finally:
            api.client.s.close()


def _base(url: str) -> str:
    """The address with a slash at its end: the client would join a path such as /grafana and its own, /api, to /grafanaapi."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/").geturl()


def _told(url: str) -> str:
    """The address without the user and password that may stand in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _apply(thing: _Thing, *, dry_run: bool) -> Change:
    found = thing.read()
    there = _projected(thing.wanted, found)
    action: Action = "create" if found is None else "keep" if there == thing.wanted else "update"
    if not dry_run and action != "keep":
        (thing.create if action == "create" else thing.update)()
    return Change(kind=thing.kind, uid=thing.uid, title=thing.title, action=action, diff=_diff(there, thing.wanted))


def _things(api: Any, options: GrafanaOptions) -> Iterator[_Thing]:
    """Everything to be there, each after what it refers to."""
    yield _folder(api)
    yield _datasource(api, options)
    for board in dashboards(options):
        yield _dashboard(api, board)
    for point in contact_points(options.book.contacts):
        yield _contact(api, point)
    for timing in mute_timings(options.book.mute_timings):
        yield _mute_timing(api, timing)
    yield _rules(api, options)


def _prune(api: Any, wanted: set[str], *, dry_run: bool) -> Iterator[Change]:
    """Deletes our dashboards in our folder, our contact points and mute timings that are no longer wanted."""
    boards = api.search.search_dashboards(type_="dash-db", folder_uids=FOLDER_UID)
    alerting = api.alertingprovisioning
    points, timings = alerting.get_contactpoints(), alerting.get_mute_timings()
    # The rules are not among them: their group was replaced as a whole.
    ours: list[tuple[str, str, Json, Callable[[str], object]]] = [
        *(("dashboard", board["uid"], board, api.dashboard.delete_dashboard) for board in boards if _is_our_board(board)),
        *(("contact point", point["uid"], point, alerting.delete_contactpoint) for point in points if _is_our_point(point)),
        *(("mute timing", one["name"], one, alerting.delete_mute_timing) for one in timings if _is_our_timing(one)),
    ]
    for kind, uid, found, delete in ours:
        if uid not in wanted:
            if not dry_run:
                delete(uid)
            title = found.get("title") or found["name"]
            yield Change(kind=kind, uid=uid, title="" if title == uid else title, action="delete", diff=_diff(found, None))


def _is_our_board(board: Json) -> bool:
    return board["uid"].startswith(OURS) and TAG in board.get("tags", ())


def _is_our_point(point: Json) -> bool:
    """What we bring comes through this API, which Grafana notes, as a webhook whose UID follows from its name."""
    is_brought = point.get("provenance") == _THROUGH_API and point["type"] == "webhook"
    return is_brought and point["uid"] == contact_uid(point["name"])


def _is_our_timing(timing: Json) -> bool:
    return timing["name"].startswith(OURS) and timing.get("provenance") == _THROUGH_API


def _folder(api: Any) -> _Thing:
    """The folder; its title may have been changed by the user and stays so."""
    return _Thing(
        kind="folder",
        uid=FOLDER_UID,
        wanted={"uid": FOLDER_UID},
        read=lambda: _present(lambda: api.folder.get_folder(FOLDER_UID)),
        create=lambda: api.folder.create_folder(FOLDER_TITLE, FOLDER_UID),
        update=lambda: None,
    )


def _datasource(api: Any, options: GrafanaOptions) -> _Thing:
    """The data source. A password cannot be read back: Grafana only says whether there is one."""
    source = datasource(options)
    uid = source["uid"]
    wanted = {name: value for name, value in source.items() if name != "secureJsonData"}
    if "secureJsonData" in source:
        wanted["secureJsonFields"] = {"password": True}
    return _Thing(
        kind="data source",
        uid=uid,
        wanted=wanted,
        read=lambda: _present(lambda: api.datasource.get_datasource_by_uid(uid)),
        create=lambda: api.datasource.create_datasource(source),
        update=lambda: api.datasource.update_datasource_by_uid(uid, source),
    )


def _dashboard(api: Any, board: Json) -> _Thing:
    command = {"dashboard": board, "folderUid": FOLDER_UID, "overwrite": True, "message": "spanhouse provision"}

    def write() -> object:
        return api.dashboard.update_dashboard(command)

    return _Thing(
        kind="dashboard",
        uid=board["uid"],
        title=board["title"],
        wanted={"dashboard": board, "meta": {"folderUid": FOLDER_UID}},
        read=lambda: _present(lambda: api.dashboard.get_dashboard(board["uid"])),
        create=write,
        update=write,
    )


def _contact(api: Any, point: Json) -> _Thing:
    def read() -> Json | None:
        points = api.alertingprovisioning.get_contactpoints()
        return next((one for one in points if one["uid"] == point["uid"]), None)

    return _Thing(
        kind="contact point",
        uid=point["uid"],
        title=point["name"],
        wanted=point,
        read=read,
        create=lambda: api.alertingprovisioning.create_contactpoint(point),
        update=lambda: api.alertingprovisioning.update_contactpoint(point["uid"], point),
    )


def _mute_timing(api: Any, timing: Json) -> _Thing:
    """A mute timing, which Grafana knows by its name."""
    name = timing["name"]
    return _Thing(
        kind="mute timing",
        uid=name,
        wanted=timing,
        read=lambda: _present(lambda: api.alertingprovisioning.get_mute_timing(name)),
        create=lambda: api.alertingprovisioning.create_mute_timing(timing),
        update=lambda: api.alertingprovisioning.update_mute_timing(name, timing),
    )


def _rules(api: Any, options: GrafanaOptions) -> _Thing:
    """The rules as one group; writing a group replaces it, so rules that are gone go with it."""
    group = rule_group(options)
    name = group["title"]

    def write() -> object:
        return api.alertingprovisioning.update_rule_group(FOLDER_UID, name, group)

    def read() -> Json | None:
        found = _present(lambda: api.alertingprovisioning.get_rule_group(FOLDER_UID, name))
        return found and _comparable(found)

    return _Thing(
        kind="alert rules",
        uid=name,
        wanted=_comparable(group),
        read=read,
        create=write,
        update=write,
    )


def _comparable(group: Json) -> Json:
    """The group so that what Grafana has and we no longer want is seen too: it adds neither labels nor settings on its own."""
    rules = []
    for rule in group["rules"]:
        told = rule.get("notification_settings") or {}
        texts = {part: sorted(rule.get(part, {}).items()) for part in ("labels", "annotations")}
        rules.append({**rule, **texts, "notification_settings": {name: told.get(name) for name in _NOTIFICATION}})
    return {**group, "rules": rules}


def _present(read: Callable[[], Any]) -> Json | None:
    """What is there, or None where Grafana says that there is nothing."""
    try:
        found: Json = read()
    except GrafanaClientError as error:
        if error.status_code == 404:
            return None
        raise
    return found


def _projected(wanted: Any, found: Any) -> Any:
    """What was found, without the keys that Grafana adds on its own."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: _projected(value, found[name]) for name, value in wanted.items() if name in found}
    if isinstance(wanted, list) and isinstance(found, list):
        return _projected_list(wanted, found)
    return found


def _projected_list(wanted: list[Any], found: list[Any]) -> list[Any]:
    """The parts that were found, each beside the wanted one of its uid or id; without such, beside the one in its place."""
    key = next((name for name in ("uid", "id") if all(isinstance(one, dict) and name in one for one in (*wanted, *found))), "")
    known = {one[key]: one for one in wanted} if key else {}
    if key and len(known) == len(wanted):
        return [_projected(known[one[key]], one) if one[key] in known else one for one in found]
    return [_projected(one, other) for one, other in zip(wanted, found, strict=True)] if len(wanted) == len(found) else found


def _diff(before: Any, after: Any) -> str:
    old, new = (json.dumps(one, indent=1, sort_keys=True).splitlines() if one else [] for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "in Grafana", "wanted", lineterm="", n=2))


@contextmanager
def _translated_errors(target: GrafanaTarget) -> Iterator[None]:
    url = _told(target.url)
    try:
        yield
    except GrafanaException as error:
        answer = error.response.get("message", "") if isinstance(error.response, dict) else ""
        reason = answer or error.message
        if 400 <= error.status_code < 500:
            raise GrafanaRefused(f"Grafana at {url} refuses: {reason}; {_advice(target, error.status_code)}") from error
        raise GrafanaAway(f"Grafana at {url} does not answer properly: {reason}; try again") from error
    except RequestException as error:
        raise GrafanaAway(f"Grafana at {url} cannot be reached: {type(error).__name__}; check the address") from error


def _advice(target: GrafanaTarget, status: int) -> str:
    """What to do about a refusal; most have to do with who asks."""
    if not target.token and not target.user and not urlsplit(target.url).username:
        return "give a service account's token, or user and password"
    # What is read and not there was answered for already, so what is written to is no Grafana, or lies at another path.
    return "check the address" if status == 404 else "check the credential and its role"

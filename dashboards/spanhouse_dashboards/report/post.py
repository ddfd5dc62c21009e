"""Sends the report to people: a letter to read at once, with the whole report as a file. Must not know what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import insert, select

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts.channels import library, web
from spanhouse_dashboards.alerts.channels.library import Note
from spanhouse_dashboards.alerts.model import Contact, RuleBook
from spanhouse_dashboards.report.build import Report, build
from spanhouse_dashboards.report.page import letter, page, summary
from spanhouse_dashboards.report.week import Week
from spanhouse_dashboards.tables import report_deliveries

# A file is larger than a message, and a mail server may look at it first.
_TIMEOUT_S = 30.0
# Weeks end on Monday at midnight UTC; the letter is there when people come to work.
_HOUR = 6


def recipients(book: RuleBook) -> list[Contact]:
    """Who gets the report. Raises InvalidSettings if nobody does, or one that takes no text."""
    found = [contact for contact in book.contacts if contact.name in book.report_to]
    if not found:
        raise InvalidSettings("nobody gets the report; name contacts under report_to in the file of rules")
    wrong = [contact.name for contact in found if contact.channel == "alertmanager"]
    if wrong:
        raise InvalidSettings(f"report_to names {wrong[0]!r}, an Alertmanager, which takes alerts alone; name another contact")
    return found


def post(report: Report, contact: Contact) -> None:
    """Sends one report to one contact; a webhook gets its words as JSON. Raises NotificationRefused or ReceiverAway."""
    if contact.channel == "webhook":
        body = {"version": "1", "kind": "report", "project": report.project, "title": summary(report), "html": letter(report)}
        web.post(contact.address, json.dumps(body).encode(), timeout_s=_TIMEOUT_S)
        return
    name = f"{report.project}-{report.week.end:%Y-%m-%d}.html"
    note = Note(title=summary(report), body=letter(report), is_html=True, attachments={name: page(report).encode()})
    library.notify(contact.address, note, timeout_s=_TIMEOUT_S)


def last_week(now: datetime) -> Week | None:
    """The week that ended on the latest Monday (UTC), None while it is too early on that Monday to send its report."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    return Week.before(monday) if now >= monday + timedelta(hours=_HOUR) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Sends last week's report once to each who gets it; `console_url` has no slash at its end."""

    store: Store
    state: State
    book: RuleBook
    console_url: str

    def due(self, projects: Iterable[str], now: datetime) -> Iterator[Callable[[], None]]:
        """For each project and contact whose report of last week did not go out yet, a call that sends it.

        A call raises as `post` does; what failed is due again. Projects without a call in the last two weeks are left out.
        """
        week = last_week(now)
        if week is None:
            return
        for project in projects:
            waiting = [one for one in recipients(self.book) if not self._was_sent(project, week, contact=one.name)]
            if not waiting:
                continue
            report = build(self.store, project=project, week=week, console_url=self.console_url)
            if report.has_past or report.answers["figures"].rows[0]["calls"]:
                yield from (partial(self._send, report, contact=one, now=now) for one in waiting)

    def _send(self, report: Report, *, contact: Contact, now: datetime) -> None:
        post(report, contact)
        values = {"project": report.project, "week_end": _bare(report.week.end), "contact": contact.name, "sent_at": _bare(now)}
        with self.state.transaction() as connection:
            connection.execute(insert(report_deliveries).values(**values))

    def _was_sent(self, project: str, week: Week, *, contact: str) -> bool:
        table = report_deliveries.c
        is_it = (table.project == project, table.week_end == _bare(week.end), table.contact == contact)
        with self.state.transaction() as connection:
            return connection.execute(select(table.sent_at).where(*is_it)).first() is not None


def _bare(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)

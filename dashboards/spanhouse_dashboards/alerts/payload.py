"""A notice as the JSON that waits for a contact, and as the text that people read. Must not know how either is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from spanhouse_dashboards.addresses import console_anchor, console_path
from spanhouse_dashboards.alerts.message import Occasion, sentence
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.notices import Notice
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.panels import FILTERS, panel_by_id
from spanhouse_dashboards.words import labels, quantity, spoken

# What came before the alert is shown along with it: what the rule looks at, or as long as it lasts, between these.
_LEAST_LEAD, _MOST_LEAD = timedelta(hours=3), timedelta(days=7)
# More segments than these are counted, not listed: a page is read on a telephone.
_MOST_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the store knows beyond the reading: the value before it began (None: unknown) and ids of example traces."""

    before: float | None = None
    trace_ids: Sequence[str] = ()


def payload(notice: Notice, evidence: Evidence, *, console_url: str) -> dict[str, Any]:
    """The JSON that webhooks get. The fields beside `alerts` are those of the worst segment, in its old form.

    `key` is the same for each try of one notification and differs between notifications; `incident` is the same from the
    first firing of a group to its end.
    """
    worst = notice.occasions[0]
    rule, project = worst.rule, worst.project
    trace_urls = [f"{console_url}/traces/{quote(one)}?{urlencode({'project': project})}" for one in evidence.trace_ids]
    return {
        "version": "1",
        "key": f"{project}/{rule.id}/{labels(worst.segment)}/{notice.status}/{worst.at.isoformat()}",
        "incident": f"{project}/{rule.id}/{labels(dict(notice.group))}",
        "is_repeat": not notice.is_news,
        "is_partial": notice.is_partial,
        "rule": rule.id,
        "title": rule.title,
        "description": rule.description,
        "project": project,
        "comparison": rule.comparison,
        "threshold": rule.threshold,
        "unit": rule.unit,
        "labels": {**rule.labels, "severity": rule.severity},
        "runbook_url": rule.runbook,
        "panel": rule.panel,
        "score": str(rule.variables.get("score", "")),
        "repeat_s": rule.repeat_s,
        "before": evidence.before,
        "example_urls": trace_urls,
        **_of_segment(worst, console_url),
        "alerts": [_of_segment(one, console_url) for one in notice.occasions],
    }


def is_end_without_data(content: Mapping[str, Any]) -> bool:
    """Whether a message tells of an end that is no recovery: none of its segments, the worst first, has anything to read."""
    return content["status"] == "resolved" and content["value"] is None


def title(content: Mapping[str, Any]) -> str:
    """The subject of a message."""
    word = {"firing": "STILL FIRING" if content["is_repeat"] else "FIRING", "resolved": "RESOLVED"}[content["status"]]
    if content.get("is_test"):
        word = "TEST"
    elif is_end_without_data(content):
        word = "ENDED WITHOUT DATA"
    where = spoken(content["segment"])
    return f"[{word}] {content['title']}: {where or content['project']}"


def body(content: Mapping[str, Any]) -> str:
    """The message in plain words, a paragraph a matter: what, what it was, where else, examples, where to look."""
    parts = [content["message"]]
    if content["before"] is not None and content["status"] == "firing":
        parts[0] += f" Before that it was {quantity(content['before'], content['unit'])}."
    if is_end_without_data(content):
        parts.append("Nothing was there to judge. Look whether the application still makes calls and sends them.")
    parts.append(content["description"])
    others = [one["message"] for one in content["alerts"][1:]]
    if others:
        more = [f"- and {len(others) - _MOST_LISTED} more"] if len(others) > _MOST_LISTED else []
        parts.append("\n".join(["Also:", *(f"- {one}" for one in others[:_MOST_LISTED]), *more]))
    if content["example_urls"]:
        parts.append("\n".join(["Examples:", *(f"- {url}" for url in content["example_urls"])]))
    links = [f"Chart: {content['panel_url']}", f"Traces: {content['traces_url']}"]
    if content["runbook_url"]:
        links.append(f"Runbook: {content['runbook_url']}")
    return "\n\n".join([*parts, "\n".join(links)])


def sample(at: datetime, *, console_url: str) -> dict[str, Any]:
    """A made-up message, to see whether a contact can be reached; `is_test` tells it from all others."""
    rule = Rule(
        id="test",
        title="A test of this contact",
        description="Somebody ran `spanhouse alerts send-test`; there is nothing to do. The links below should open the console.",
        sql="llm_error_rate",
        comparison="above",
        threshold=0.5,
        unit="percentunit",
        panel="error-rate",
        severity="info",
    )
    instance = Instance(state="firing", active_since=at, value=1.0)
    occasion = Occasion(rule=rule, project="default", segment={}, instance=instance, at=at)
    content = payload(Notice(status="firing", group=(), occasions=[occasion]), Evidence(), console_url=console_url)
    message = "This is a test and nothing is wrong: alerts of Spanhouse reach this contact."
    return {**content, "is_test": True, "message": message, "alerts": [{**content["alerts"][0], "message": message}]}


def _of_segment(occasion: Occasion, console_url: str) -> dict[str, Any]:
    instance = occasion.instance
    since = instance.active_since or occasion.at
    start = since - _lead(occasion, since)
    failed = {"status": "error"} if occasion.rule.examples == "failed" else {}
    panel = panel_by_id(occasion.rule.panel)
    return {
        "status": instance.state,
        "message": sentence(occasion),
        "segment": dict(occasion.segment),
        "value": instance.value,
        "since": since.isoformat(),
        "changed_at": occasion.at.isoformat(),
        "chart_from": start.isoformat(),
        "panel_url": f"{console_url}{console_path(panel)}?{_view(occasion, start)}#{console_anchor(panel)}",
        "traces_url": f"{console_url}/traces?{_view(occasion, start, **failed)}",
    }


def _lead(occasion: Occasion, since: datetime) -> timedelta:
    usual = max(timedelta(seconds=occasion.rule.window_s), occasion.at - since)
    return min(max(usual, _LEAST_LEAD), _MOST_LEAD)


def _view(occasion: Occasion, start: datetime, **more: str) -> str:
    """The query of a page of the console for the time of the alert and its segment, as far as the console can filter by it."""
    span = {"from": start.astimezone(UTC), "to": occasion.at.astimezone(UTC)}
    times = {name: instant.strftime("%Y-%m-%dT%H:%M:%S") for name, instant in span.items()}
    filters = {name: occasion.segment[name] for name in FILTERS if occasion.segment.get(name)}
    return urlencode({"project": occasion.project, **times, **filters, **more})

"""What a page looks at: project, time range and filters, read from a request's query string, and links that keep them.

Must not know any page or any table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Params, Store
from spanhouse_dashboards.addresses import View, grafana_instant, grafana_panel
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.formats import dated
from spanhouse_dashboards.panels import FILTERS, Panel, TimeRange

PRESETS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
_PRESET_WORDS = {"1h": "hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days"}
DEFAULT_PRESET = "24h"
# A filter's value is a name that was stored; longer ones only cost the store time.
_MAX_VALUE_CHARS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One request's view.

    `base_url` is where this server was reached; `preset` a key of PRESETS, or empty where both ends of the range were given.
    """

    deps: ConsoleDeps
    project: str
    now: datetime
    path: str
    base_url: str
    preset: str
    range: TimeRange
    filters: Mapping[str, str]
    query: QueryParams

    @property
    def store(self) -> Store:
        return self.deps.store

    @property
    def length(self) -> timedelta:
        """How long the range is."""
        return self.range.end - self.range.start

    @property
    def words(self) -> str:
        """The range as a person says it."""
        if self.preset:
            return f"the last {_PRESET_WORDS[self.preset]}"
        return f"{dated(self.range.start, self.now)} to {dated(self.range.end, self.now)} UTC"

    @property
    def during(self) -> str:
        """The range as it follows upon what happened in it."""
        return f"{'in' if self.preset else 'from'} {self.words}"

    @property
    def is_ahead(self) -> bool:
        """Whether all of the range lies in the future."""
        return self.range.start > self.now

    def params(self, **more: object) -> Params:
        """Parameters of a statement that reads this scope: project, from and to, the filters, and `more`."""
        return {
            "project": self.project,
            "from": self.range.start,
            "to": self.range.end,
            **{name: self.filters.get(name, "") for name in FILTERS},
            **more,
        }

    def panel_filters(self) -> dict[str, list[str]]:
        """The filters as panels take them."""
        return {name: [value] for name, value in self.filters.items() if value}

    def kept(self) -> dict[str, str]:
        """The query string's part that every page understands: range and filters."""
        if self.preset:
            base = {} if self.preset == DEFAULT_PRESET else {"range": self.preset}
        else:
            base = {"from": _written(self.range.start), "to": _written(self.range.end)}
        return {**base, **{name: value for name, value in self.filters.items() if value}}

    @property
    def unfiltered(self) -> str:
        """The address of the page with this range alone."""
        dropped = {name: None for name in self.kept() if name in FILTERS}
        return self.link(self.path, **dropped)

    def link(self, path: str, **changes: object) -> str:
        """`path` with this range and these filters, changed; a change to None or '' takes a parameter away."""
        merged: dict[str, object] = {**self.kept(), **changes}
        if "range" in changes:
            merged.pop("from", None)
            merged.pop("to", None)
        pairs = {name: value for name, value in merged.items() if value not in (None, "")}
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def here(self, **changes: object) -> str:
        """The address of the page itself, all its parameters kept but for `changes`."""
        return self.link(self.path, **{**dict(self.query), **changes})

    def in_grafana(self, panel: Panel) -> str:
        """The address of the panel in Grafana, of the same time and filters; '' where no Grafana is known."""
        if not self.deps.grafana_url:
            return ""
        ends = (f"now-{self.preset}", "now") if self.preset else map(grafana_instant, (self.range.start, self.range.end))
        start, end = ends
        view = View(project=self.project, start=start, end=end, filters=self.filters)
        return grafana_panel(panel, view, grafana_url=self.deps.grafana_url)

    def text(self, name: str) -> str:
        """A parameter's text without surrounding space, empty where it is absent. Raises InvalidRequest if it is too long."""
        value = self.query.get(name, "").strip()
        if len(value) > _MAX_VALUE_CHARS:
            raise InvalidRequest(f"parameter {name!r} has {len(value)} characters; use at most {_MAX_VALUE_CHARS}")
        return value

    def number(self, name: str) -> float | None:
        """A parameter's number, None where it is absent or empty. Raises InvalidRequest for what is no finite number."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            raise InvalidRequest(f"parameter {name!r} is {text!r}; give a number") from None
        if not abs(value) < float("inf"):
            raise InvalidRequest(f"parameter {name!r} is {text!r}; give a finite number")
        return value

    def count(self, name: str, *, most: int) -> int:
        """A parameter that counts, 0 where it is absent. Raises InvalidRequest outside 0 to `most`."""
        text = self.text(name)
        if text and not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
            raise InvalidRequest(f"parameter {name!r} is {text!r}; give a whole number from 0 to {most}")
        return int(text or 0)


def scope_of(request: Request, deps: ConsoleDeps) -> Scope:
    """The scope a request asks for. Raises InvalidRequest for a range or value that cannot be, and what `project_of` raises."""
    query = request.query_params
    now = deps.clock().astimezone(UTC)
    preset, time_range = _range(query, now)
    base = Scope(
        deps=deps,
        project=deps.project_of(request),
        now=now,
        path=request.url.path,
        base_url=str(request.base_url).rstrip("/"),
        preset=preset,
        range=time_range,
        filters={},
        query=query,
    )
    return replace(base, filters={name: base.text(name) for name in FILTERS})


def _range(query: QueryParams, now: datetime) -> tuple[str, TimeRange]:
    start, end = query.get("from", ""), query.get("to", "")
    if not start and not end:
        preset = query.get("range", "") or DEFAULT_PRESET
        if preset not in PRESETS:
            raise InvalidRequest(f"range {preset!r} is unknown; use one of {', '.join(PRESETS)}, or give from and to")
        return preset, TimeRange(start=now - PRESETS[preset], end=now)
    begin = _instant("from", start) if start else _instant("to", end) - PRESETS[DEFAULT_PRESET]
    return "", TimeRange(start=begin, end=_instant("to", end) if end else now)


def _instant(name: str, text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        # The years the store's instants span, less some room for windows around them.
        if 1971 <= value.year <= 2260:
            return value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest(f"parameter {name!r} is {text!r}; give an instant as 2026-11-23T14:30 (UTC)")


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S" if instant.second else "%Y-%m-%dT%H:%M")

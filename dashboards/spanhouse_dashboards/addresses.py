"""Where a panel is found: on a page of the console, and in a Grafana that has our dashboards.

Must not know how either is built, nor the libraries that do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from spanhouse_dashboards.panels import Panel, panels_of

# Panels that the console shows beside lists of its own; all others have a page of their own.
_CONSOLE_PATHS = {"overview": "/", "quality": "/scores", "operations": "/system"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is looked at: a project, filters by name, from when to when as Grafana writes it (`now-6h`, or Unix milliseconds)."""

    project: str
    start: str
    end: str = "now"
    filters: Mapping[str, str] = field(default_factory=dict)


def console_path(panel: Panel) -> str:
    """The path of the console's page that has the panel."""
    return _CONSOLE_PATHS.get(panel.page, f"/{panel.page}")


def console_anchor(panel: Panel) -> str:
    """The panel's place on that page."""
    return f"panel-{panel.id}"


def dashboard_uid(page_id: str) -> str:
    """The dashboard of a page."""
    return f"spanhouse-{page_id}"


def panel_number(panel: Panel) -> int:
    """The panel's number within its dashboard."""
    return panels_of(panel.page).index(panel) + 1


def grafana_panel(panel: Panel, view: View, *, grafana_url: str) -> str:
    """The address of the panel alone on the screen of that Grafana (an address without a slash at its end)."""
    query = {"viewPanel": panel_number(panel), "from": view.start, "to": view.end, "var-project": view.project}
    filters = {f"var-{name}": value for name, value in view.filters.items() if value}
    return f"{grafana_url}/d/{dashboard_uid(panel.page)}?{urlencode({**query, **filters})}"


def grafana_instant(instant: datetime) -> str:
    """An instant as an end of a view."""
    return str(int(instant.timestamp() * 1000))

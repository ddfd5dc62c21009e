"""All panels and pages, in the order in which they are shown."""

from __future__ import annotations

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.panels.model import Page, Panel
from spanhouse_dashboards.panels.pages import (
    agents,
    coding,
    cost,
    drift,
    errors,
    experiments,
    guardrails,
    latency,
    machines,
    mcp,
    operations,
    overview,
    quality,
    retrieval,
    sessions,
    slo,
    training,
)

_MODULES = (
    overview, slo, latency, cost, errors, agents, mcp, coding, guardrails, retrieval,
    quality, drift, experiments, sessions, training, machines, operations,
)  # fmt: skip

PAGES: tuple[Page, ...] = tuple(module.PAGE for module in _MODULES)
PANELS: tuple[Panel, ...] = tuple(panel for module in _MODULES for panel in module.PANELS)

_BY_ID = {panel.id: panel for panel in PANELS}


def panel_by_id(panel_id: str) -> Panel:
    """The panel of this id; raises NotFound if there is none."""
    if panel_id not in _BY_ID:
        raise NotFound(f"there is no panel {panel_id!r}; the console's pages list those that exist")
    return _BY_ID[panel_id]


def panels_of(page_id: str) -> tuple[Panel, ...]:
    """A page's panels in order; empty for a page that does not exist."""
    return tuple(panel for panel in PANELS if panel.page == page_id)

"""Panels: questions about a project, each with one SQL file that Grafana, the console and the alerter share."""

from spanhouse_dashboards.panels.catalogue import PAGES, PANELS, panel_by_id, panels_of
from spanhouse_dashboards.panels.model import FILTERS, Column, Page, Panel, PanelResult, Threshold, TimeRange
from spanhouse_dashboards.panels.run import choose_interval_s, panel_sql, run_panel, written_out

__all__ = [
    "FILTERS",
    "PAGES",
    "PANELS",
    "Column",
    "Page",
    "Panel",
    "PanelResult",
    "Threshold",
    "TimeRange",
    "choose_interval_s",
    "panel_by_id",
    "panel_sql",
    "panels_of",
    "run_panel",
    "written_out",
]

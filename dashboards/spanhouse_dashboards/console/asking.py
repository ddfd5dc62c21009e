"""Asks a panel for a request, and tells how long that took. Must not know what any panel shows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from spanhouse_dashboards.console.scope import Scope
from spanhouse_dashboards.panels import Panel, PanelResult, TimeRange, run_panel


def ask(scope: Scope, panel: Panel, *, time_range: TimeRange, filters: Mapping[str, Sequence[str]]) -> PanelResult:
    """The panel's answer; raises what `run_panel` raises."""
    started = time.monotonic()
    try:
        return run_panel(scope.store, panel, project=scope.project, time_range=time_range, filters=filters)
    finally:
        scope.deps.panel_asked(scope.project, panel.page, time.monotonic() - started)

"""The page on dashboards speaks of panels and pages that exist."""

from __future__ import annotations

import re
from pathlib import Path

from spanhouse_dashboards.panels import PAGES, PANELS

_TEXT = (Path(__file__).parents[2] / "docs" / "dashboards.md").read_text(encoding="utf-8")


def test_every_panel_of_the_table_exists() -> None:
    table = _TEXT.partition("## What other products' boards show")[2]
    named = {name for line in table.splitlines() if line.startswith("|") for name in re.findall(r"`([a-z-]+)`", line)}
    assert len(named) > 80
    assert named - {panel.id for panel in PANELS} == set()


def test_every_page_is_in_the_list() -> None:
    pages = _TEXT.partition("## Where the numbers")[0]
    assert [page.title for page in PAGES if page.title not in pages] == []

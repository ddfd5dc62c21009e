"""The console in Chromium: drawn, usable by hand and keyboard, readable in light and dark, wide and narrow, offline."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.browser.conftest import Site, served
from tests.browser.driver import Browser

pytestmark = [pytest.mark.browser, pytest.mark.store, pytest.mark.net, pytest.mark.timeout(60)]

LISTS = (
    "/",
    "/traces",
    "/sessions",
    "/latency",
    "/cost",
    "/errors",
    "/agents",
    "/retrieval",
    "/scores",
    "/review",
    "/review?of=groundedness&range=24h",
    "/drift",
    "/alerts",
    "/evaluators",
    "/system",
)
DOWN, LEFT, RIGHT = "\ue015", "\ue012", "\ue014"

_SCRIPTS = Path(__file__).parent
# Text whose contrast with what lies behind it is below 4.5 (WCAG 2.2, 1.4.3 AA), as "ratio text".
_POOR_CONTRAST = (_SCRIPTS / "contrast.js").read_text()
# What somebody who does not see the page would miss: names of controls, pictures and regions, one first heading, a language.
_UNNAMED = (_SCRIPTS / "names.js").read_text()


def every_page(site: Site) -> list[str]:
    return [
        *LISTS,
        f"/traces/{site.trace}",
        f"/traces/{site.odd_trace}?span={9:016x}",
        f"/sessions/{site.session}",
        "/traces/none",
    ]


def drawn(window: Browser, url: str) -> None:
    """Opens a page and waits until its panels are there."""
    window.open(url)
    window.wait_for("document.querySelectorAll('[data-panel]:not([data-ready])').length === 0")


def test_every_panel_is_drawn_without_any_network_but_the_console(window: Browser, site: Site) -> None:
    for path in ("/", "/latency", "/cost", "/scores", "/drift"):
        drawn(window, site.url + path)
        pictures = "return [...document.querySelectorAll('[data-panel] canvas')].map((one) => {"
        pictures += " const data = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;"
        pictures += " return data.filter((value, index) => index % 4 === 3 && value > 0).length; })"
        inked = window.run(pictures)
        wordless = "[data-panel]:not(:has(.panel-table, .nothing))"
        assert len(inked) == window.run(f"return document.querySelectorAll('{wordless}').length")
        assert all(pixels > 2_000 for pixels in inked)
    loaded = window.run("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert [address for address in loaded if not address.startswith(site.url)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_makes_the_browser_complain_and_all_text_has_contrast(window: Browser, site: Site, scheme: str) -> None:
    window.prefer(scheme)
    for path in every_page(site):
        drawn(window, site.url + path)
        assert (path, window.run(_POOR_CONTRAST)) == (path, [])
        complaints = [one for one in window.complaints() if "404 (Not Found)" not in one]
        assert (path, complaints) == (path, [])


def test_every_control_region_and_picture_has_a_name(window: Browser, site: Site) -> None:
    for path in every_page(site):
        drawn(window, site.url + path)
        assert (path, window.run(_UNNAMED)) == (path, [])


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_its_window(window: Browser, site: Site, width: int) -> None:
    window.resize(width=width, height=900)
    for path in every_page(site):
        drawn(window, site.url + path)
        assert (path, window.run("return document.documentElement.scrollWidth")) == (path, width)


def test_names_in_the_list_of_traces_are_whole(window: Browser, site: Site) -> None:
    window.open(f"{site.url}/traces")
    cells = "[...document.querySelectorAll('.traces .what, .traces .used, .traces .when .sub')]"
    assert window.run(f"return {cells}.length") > 10
    assert window.run(f"return {cells}.filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText)") == []


def test_what_an_error_said_is_read_without_scrolling_sideways(window: Browser, site: Site) -> None:
    window.resize(width=1400, height=900)
    drawn(window, f"{site.url}/errors?range=7d")
    errors = "document.querySelector('[data-title=\"Latest errors\"]')"
    assert window.run(f"return {errors}.querySelectorAll('tbody tr').length") > 0
    boxes = f"[{errors}, ...{errors}.querySelectorAll('div')]"
    assert window.run(f"return {boxes}.map((box) => box.scrollWidth - box.clientWidth).filter((hidden) => hidden > 0)") == []


def test_lists_are_read_on_a_phone_without_scrolling_sideways(window: Browser, site: Site) -> None:
    window.resize(width=400, height=900)
    for path in ("/traces", "/sessions"):
        drawn(window, f"{site.url}{path}?range=24h")
        table = "document.querySelector('.list.traces, .list.sessions')"
        assert window.run(f"return {table}.querySelectorAll('tbody tr').length") > 10
        hidden = f"[{table}, {table}.parentElement].map((box) => box.scrollWidth - box.clientWidth)"
        assert (path, window.run(f"return {hidden}.filter((pixels) => pixels > 0)")) == (path, [])
    cells = "[...document.querySelectorAll('.sessions tr:last-child td')]"
    units = window.run(f"return {cells}.map((cell) => getComputedStyle(cell, '::after').content)")
    assert {'" turns"', '" model calls"'} <= set(units)


def test_a_phone_shows_where_one_is_in_the_row_of_pages(window: Browser, site: Site) -> None:
    window.resize(width=400, height=900)
    for path in ("/", "/alerts", "/system"):
        drawn(window, site.url + path)
        here = "const at = document.querySelector('nav [aria-current]').getBoundingClientRect();"
        left, right = window.run(f"{here} return [at.left, at.right]")
        assert (path, left >= 0, right <= 400) == (path, True, True)


def test_a_branch_of_the_tree_folds_by_mouse_and_by_keyboard(window: Browser, site: Site) -> None:
    shown = "return [...document.querySelectorAll('.tree tbody tr')].filter((row) => !row.hidden).length"
    window.open(f"{site.url}/traces/{site.trace}")
    assert window.run(shown) == 4
    window.click(".fold")
    assert window.run(shown) == 1
    window.press(".tree tbody tr a", RIGHT)
    assert window.run(shown) == 4
    window.press(".tree tbody tr a", LEFT)
    assert window.run(shown) == 1
    window.click("[data-fold-all]")
    window.click("[data-fold-all]")
    assert window.run(shown) == 4
    window.press(".tree tbody tr a", DOWN)
    assert window.run("return document.activeElement.textContent").strip().endswith("retrieval handbook")


def test_choosing_a_span_shows_it_without_loading_the_page_again(window: Browser, site: Site) -> None:
    window.open(f"{site.url}/traces/{site.odd_trace}")
    window.run("window.stayed = true")
    window.click(f"tr[data-span='{9:016x}'] a")
    window.wait_for("document.querySelector('#detail').textContent.includes('Take the train at 09:10')")
    assert window.run("return window.stayed")
    assert window.run("return document.querySelectorAll('tr[aria-selected=true]').length") == 1
    assert window.run("return document.querySelector('#detail img').naturalWidth") == 1
    address = window.run("return location.href")
    window.open(address)
    assert "Take the train at 09:10" in window.run("return document.querySelector('#detail').textContent")


def test_a_span_far_down_a_long_trace_is_shown_and_found_again_by_its_address(window: Browser, site: Site) -> None:
    last = "document.querySelector('.tree tbody tr:last-child')"
    for width in (1400, 400):
        window.resize(width=width, height=900)
        window.open(f"{site.url}/traces/{site.long_trace}")
        window.run(f"{last}.querySelector('a').click()")
        window.wait_for("document.querySelector('#detail').textContent.includes('ledger is locked')")
        window.wait_for("document.querySelector('#detail').getBoundingClientRect().top < innerHeight - 100")
        window.open(window.run("return location.href"))
        box = f"const row = {last}.getBoundingClientRect(), box = document.querySelector('.tree-scroll').getBoundingClientRect();"
        inside = "row.top >= box.top && row.bottom <= box.bottom && (box.height < innerHeight || row.bottom <= innerHeight)"
        assert (width, window.run(f"{box} return {inside}")) == (width, True)
        below = "document.documentElement.scrollHeight - document.querySelector('main').getBoundingClientRect().bottom - scrollY"
        assert (width, round(window.run(f"return {below}"))) == (width, 0)


def test_legends_have_fewer_names_a_line_on_a_phone_however_often_they_are_drawn(window: Browser, site: Site) -> None:
    window.open(f"{site.url}/latency")
    given = "const spec = {usermeta: {legend_px: 1000}, layer: [{encoding: {color: {legend: {columns: 8}}}}]};"
    columns = "fitLegends(spec, width).layer[0].encoding.color.legend.columns"
    assert window.run(f"{given} return [400, 400, 40, 1200].map((width) => {columns})") == [3, 3, 1, 8]


def test_names_deep_in_a_tree_have_room(window: Browser, site: Site) -> None:
    window.resize(width=1400, height=900)
    window.open(f"{site.url}/traces/{site.long_trace}")
    label = "document.querySelector('.tree tbody tr:last-child .label')"
    assert window.run(f"return {label}.scrollWidth - {label}.clientWidth") <= 0


def test_a_page_whose_server_ended_says_so_and_stays(window: Browser, site: Site) -> None:
    with served(site.console) as url:
        window.open(f"{url}/traces/{site.long_trace}")
    window.click(".tree tbody tr:nth-child(2) a")
    window.wait_for("document.querySelector('#detail .failure')")
    told = window.run("return document.querySelector('#detail').textContent")
    assert "This span could not be shown: the server does not answer. Choose it again once it does." in told
    assert window.run("return document.querySelectorAll('.tree tbody tr').length") == 40
    with served(site.console) as url:
        drawn(window, f"{url}/latency")
    window.run("load(document.querySelector('[data-panel]'))")
    window.wait_for("document.querySelector('[data-panel] .failure button')")
    told = window.run("return document.querySelector('[data-panel] .failure').textContent")
    assert told == "This panel could not be shown: the server does not answer. Try again"
    window.complaints()


def test_a_filter_applies_when_it_is_chosen(window: Browser, site: Site) -> None:
    window.open(f"{site.url}/traces")
    choose = "const field = document.querySelector('[name=status]'); field.value = 'error';"
    window.run(f"{choose} field.dispatchEvent(new Event('change', {{bubbles: true}}))")
    window.wait_for("location.search.includes('status=error')")
    assert "session=" not in window.run("return location.search")
    rows = window.run("return document.querySelectorAll('.traces tbody tr').length")
    assert rows == window.run("return document.querySelectorAll('.traces tbody tr.failed').length") > 0


def test_sessions_and_users_in_tables_lead_to_what_they_did_in_the_range(window: Browser, site: Site) -> None:
    drawn(window, f"{site.url}/sessions?range=7d")
    links = "[...document.querySelectorAll('[data-title=\"Longest sessions\"] tbody tr:first-child a')]"
    session, user = window.run(f"return {links}.map((link) => link.textContent)")
    assert window.run(f"return {links}.map((link) => link.getAttribute('href'))") == [
        f"/sessions/{session}?range=7d",
        f"/traces?user={user}&range=7d",
    ]
    for number in (0, 1):
        address = window.run(f"return {links}[{number}].href")
        drawn(window, address)
        assert window.run("return document.querySelectorAll('.turn, .traces tbody tr').length") > 0
        drawn(window, f"{site.url}/sessions?range=7d")


def test_figures_and_query_stand_under_every_panel(window: Browser, site: Site) -> None:
    drawn(window, f"{site.url}/")
    window.click(".panel-more summary")
    window.wait_for("document.querySelector('.panel-more table tbody tr')")
    assert "FROM spans_minute FINAL" in window.run("return document.querySelector('.panel-more pre').textContent")


def test_light_and_dark_are_two_pictures_of_one_page(window: Browser, site: Site) -> None:
    drawn(window, f"{site.url}/")
    light = window.picture()
    window.prefer("dark")
    window.wait_for("getComputedStyle(document.documentElement).backgroundColor === 'rgb(14, 17, 22)'")
    dark = window.picture()
    assert light != dark
    assert [struct.unpack(">II", picture[16:24]) for picture in (light, dark)] == [(1440, 900)] * 2

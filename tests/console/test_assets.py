"""Style, script, icons and the charts' library: kept by browsers, found again when they change, complete without a network."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.console.serving import Console

pytestmark = pytest.mark.store


def addresses(page: str) -> set[str]:
    return set(re.findall(r'(/console/static/[^"#]+)', page))


def test_a_page_names_only_assets_of_its_own_server_that_exist(idle: Console) -> None:
    found = addresses(idle.text("/"))
    assert {path.split("?")[0].rsplit("/", 1)[1] for path in found} == {
        "console.css",
        "console.js",
        "favicon.svg",
        "icons.svg",
        "vega.js",
    }
    for path in found:
        assert idle.client.get(path).status_code == 200


def test_an_asset_is_kept_for_a_year_under_the_address_of_its_content(idle: Console) -> None:
    for path in addresses(idle.text("/")):
        reply = idle.client.get(path)
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = idle.client.get(path, headers={"if-none-match": reply.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_an_asset_under_an_old_address_is_not_kept_for_ever(idle: Console) -> None:
    reply = idle.client.get("/console/static/console.css?v=old")
    assert "immutable" not in reply.headers["cache-control"]


def test_an_asset_is_compressed_only_for_who_takes_that(idle: Console) -> None:
    plain = idle.client.get("/console/static/console.css", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with idle.client.stream("GET", "/console/static/console.css", headers={"accept-encoding": "gzip"}) as reply:
        raw = b"".join(reply.iter_raw())
    assert gzip.decompress(raw) == plain.content


def test_the_charts_library_is_whole_and_needs_no_evaluated_code(idle: Console) -> None:
    script = idle.client.get("/console/static/vega.js").text
    assert "vegaEmbed" in script
    assert len(script) > 500_000
    assert "ast: true" in idle.client.get("/console/static/console.js").text


def test_an_asset_that_does_not_exist_is_told_in_one_sentence(idle: Console) -> None:
    assert "There is no asset &#39;secret.py&#39;" in idle.text("/console/static/secret.py", 404)


def test_every_icon_that_pages_name_is_in_the_sheet(busy: Console) -> None:
    sheet = busy.client.get("/console/static/icons.svg").text
    trace = re.search(r'href="(/traces/[0-9a-f]{32})"', busy.text("/traces"))
    assert trace is not None
    pages = [busy.text(path) for path in ("/", "/traces", trace.group(1), "/alerts")]
    named = {name for page in pages for name in re.findall(r"icons\.svg[^#\"]*#([a-z]+)", page)}
    assert named <= set(re.findall(r'<symbol id="([a-z]+)"', sheet))

"""The one door to vl_convert: Vega, Vega-Lite and their embedder as one script, so that charts need no network.

Must not know what is drawn.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

VERSION = version("vl-convert-python")


@cache
def bundle() -> bytes:
    """The script, about 0.9 MB of UTF-8; it defines `vegaEmbed`. The first call takes about a second, and blocks."""
    # Its engine is loaded when the first page is looked at, not when the service starts.
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")).encode()


def png(spec: dict[str, Any]) -> bytes:
    """A Vega-Lite specification as a picture, two pixels for each of its own; blocks for a tenth of a second or so."""
    import vl_convert

    # No address is allowed, so that a specification can fetch nothing.
    return bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))

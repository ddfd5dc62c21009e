"""Style sheet, scripts, icons and the Vega bundle, served under addresses that change with their content.

Must not know pages. Each answer has a strong ETag; one under its current address may be kept for ever.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.console import vega

PREFIX = "/console/static"
_TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "vega.js": "text/javascript; charset=utf-8",
    "icons.svg": "image/svg+xml",
    "favicon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file's bytes, plain and compressed, the digest of this content, and the version its address carries."""

    body: bytes
    zipped: bytes
    digest: str
    version: str


@cache
def asset(name: str) -> Asset:
    """The asset of that name, read once. Raises NotFound where there is none."""
    if name not in _TYPES:
        raise NotFound(f"there is no asset {name!r}; the console's pages name those there are")
    body = _read(name)()
    digest = hashlib.sha256(body).hexdigest()[:16]
    version = vega.VERSION if name == "vega.js" else digest
    return Asset(body=body, zipped=gzip.compress(body, mtime=0), digest=digest, version=version)


def address(name: str) -> str:
    """Where the asset is served now. The bundle's address carries a version: making it for its digest takes a second."""
    return f"{PREFIX}/{name}?v={vega.VERSION if name == 'vega.js' else asset(name).version}"


def serve(name: str, request: Request) -> Response:
    """The asset, compressed where the browser takes that, or 304 where it has this content already."""
    found = asset(name)
    tag = f'"{found.digest}"'
    is_current = request.query_params.get("v") == found.version
    age = "public, max-age=31536000, immutable" if is_current else "public, max-age=86400"
    headers = {"ETag": tag, "Cache-Control": age, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.zipped, media_type=_TYPES[name], headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=_TYPES[name], headers=headers)


def add_assets(router: APIRouter) -> None:
    """Adds the assets' addresses."""

    @router.get(f"{PREFIX}/{{name}}", include_in_schema=False)
    def static(name: str, request: Request) -> Response:
        return serve(name, request)


def _read(name: str) -> Callable[[], bytes]:
    if name == "vega.js":
        return vega.bundle
    return files("spanhouse_dashboards.console.static").joinpath(name).read_bytes

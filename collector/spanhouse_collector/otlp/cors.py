"""Pages of other origins that may send OTLP from a browser: the CORS protocol of the Fetch standard, for the OTLP routes alone.

Nobody may unless origins are configured. Credentials of the browser never go along: a page sends its key in a header.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, content-encoding, authorization, x-api-key, traceparent, tracestate",
    # The longest that a browser keeps it, in seconds.
    "Access-Control-Max-Age": "7200",
}


def granted(headers: Mapping[str, str], origins: Collection[str]) -> dict[str, str]:
    """Headers of an answer that let the page that asked read it; none for a page of another origin, or no page."""
    origin = headers.get("origin", "")
    if origin not in origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}


def preflight(headers: Mapping[str, str], origins: Collection[str]) -> dict[str, str]:
    """Headers of an answer that let the page send its request; none for a page of another origin."""
    allowed = granted(headers, origins)
    return {**allowed, **_PREFLIGHT} if allowed else {}

"""Turns a page's data into HTML, with the headers that keep a page from running or loading anything foreign.

Must not know what the pages show. Every value is escaped by the template engine; templates hold no script and no style.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from spanhouse_collector.errors import (
    Forbidden,
    InvalidRequest,
    NotFound,
    RetryableError,
    SpanhouseError,
    Unauthenticated,
)
from spanhouse_dashboards.console import assets, formats
from spanhouse_dashboards.console.scope import PRESETS, Scope
from spanhouse_dashboards.panels import FILTERS
from spanhouse_dashboards.words import heading, spoken

# Pictures and sounds inside messages are shown from the page itself (data:), never fetched from where a message points.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Address, icon and title of each page, in groups: what happened, how it went, what did it, how good it was, what it runs on.
NAVIGATION = (
    (("/", "overview", "Overview"), ("/traces", "traces", "Traces"), ("/sessions", "sessions", "Sessions")),
    (
        ("/slo", "ok", "Service levels"),
        ("/latency", "latency", "Latency"),
        ("/cost", "cost", "Cost"),
        ("/errors", "error", "Errors"),
    ),
    (
        ("/agents", "agent", "Agents"),
        ("/mcp", "tool", "MCP"),
        ("/coding", "llm", "Coding agents"),
        ("/guardrails", "guardrail", "Guardrails"),
        ("/retrieval", "retriever", "Retrieval"),
    ),
    (
        ("/scores", "scores", "Scores"),
        ("/review", "ok", "Review"),
        ("/drift", "drift", "Drift"),
        ("/experiments", "memory", "Experiments"),
        ("/alerts", "alerts", "Alerts"),
    ),
    (
        ("/training", "workflow", "Training"),
        ("/machines", "system", "Hosts and GPUs"),
        ("/evaluators", "evaluators", "Evaluators"),
        ("/system", "system", "System"),
    ),
)
_STATUS = {InvalidRequest: 400, Unauthenticated: 401, Forbidden: 403, NotFound: 404}


def page(template: str, scope: Scope, **context: object) -> Response:
    """A whole page, from `template` (without its ending)."""
    return fragment(template, scope, firing=_firing(scope), **context)


def _firing(scope: Scope) -> int:
    """How many alerts fire; 0 where that cannot be known now: the page of alerts says why, and the other pages still serve."""
    try:
        return scope.deps.alerts_firing(scope.project)
    except RetryableError:
        return 0


def fragment(template: str, scope: Scope, **context: object) -> Response:
    """A piece of a page, for the script that swaps it in."""
    return _html(template, {"scope": scope, **context}, status=200, headers={})


def _html(template: str, context: Mapping[str, object], *, status: int, headers: Mapping[str, str]) -> Response:
    text = _environment().get_template(f"{template}.html").render(context)
    # Telemetry may hold halves of surrogate pairs, which no encoding takes; they become question marks.
    return HTMLResponse(text.encode("utf-8", "replace"), status_code=status, headers={"Cache-Control": "no-store", **headers})


def error_page(error: SpanhouseError) -> Response:
    """The error's one sentence on a page, with the status that says what kind it is."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    headers = {}
    if isinstance(error, RetryableError):
        status = 503
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        # Browsers then ask for a name and a password; the key is the password.
        headers["WWW-Authenticate"] = 'Basic realm="Spanhouse: the key is the password", charset="UTF-8"'
    return _html("error", {"status": status, "sentence": _sentence(str(error))}, status=status, headers=headers)


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("spanhouse_dashboards.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = (
        formats.duration, formats.count, formats.exact, formats.usd, formats.percent, formats.score, formats.two_digits,
        formats.figure, formats.size, formats.instant, formats.minute, formats.dated, formats.clock_time, formats.ago,
        formats.pretty, formats.toml, formats.quantity, heading, spoken,
    )  # fmt: skip
    environment.filters.update({function.__name__: function for function in named})
    environment.globals.update(
        asset=assets.address, navigation=NAVIGATION, presets=tuple(PRESETS), filter_names=FILTERS, missing=formats.MISSING
    )
    environment.globals["m"] = environment.get_template("_macros.html").module
    return environment

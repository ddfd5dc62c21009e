"""How a key of one project may reach for another's data: for every route of the server, the requests that try it.

A route that is not here fails test_every_route.py: whoever adds one says what it shows, and how one would abuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: The ids of what the victim's project holds.
TRACE_ID = "5b" * 16
SPAN_ID = "6c" * 8
SESSION_ID = "session-of-somebody"
#: Stands in every text of the victim's rows, and in nothing that is sent to ask for them.
MARK = "canary-of-the-victim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Requests to one route. `shows`: the victim's own key must see the mark there, or the attempt would prove nothing."""

    shows: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    #: What to put in the path's places; those of ids have the victim's.
    path: Mapping[str, str] = field(default_factory=dict)


#: Routes that hold no project's data and ask for no key.
OPEN = frozenset({("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/api/v1/openapi.json")})
OPEN |= {("GET", "/console/static/{name}"), ("GET", "/ping"), ("GET", "/replicas_status")}

_IDS = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
_SCORE = {"name": "theft", "value": 0.0, **_IDS}
_HOUR = {"first": "2026-01-01T00:00:00Z", "until": "2026-01-01T01:00:00Z"}
_PRICE = {"items": [{"model": "m", "input_usd": "1", "output_usd": "1"}]}
_SILENCE = {"rule": "", "minutes": 5, "reason": "theft"}
_BACKFILL = {"evaluators": ["readability"], "since": "2026-01-01T00:00:00Z"}
_PREVIEW = {"id": "llm-error-rate", "hours": 1}
_SEEING = Attempt(shows=True)

READING: Mapping[tuple[str, str], Attempt] = {
    ("GET", "/api/v1/traces"): Attempt(shows=True, query={"service": f"{MARK}-service"}),
    ("GET", "/api/v1/traces/{trace_id}"): _SEEING,
    ("GET", "/api/v1/traces/{trace_id}/spans/{span_id}"): _SEEING,
    ("GET", "/api/v1/traces/{trace_id}/critical-path"): Attempt(),
    ("GET", "/api/v1/spans"): _SEEING,
    ("GET", "/api/v1/sessions"): Attempt(),
    ("GET", "/api/v1/projects"): Attempt(),
    ("GET", "/api/v1/models"): _SEEING,
    ("GET", "/api/v1/scores"): Attempt(shows=True, query={"trace_id": TRACE_ID}),
    ("GET", "/api/v1/keys"): Attempt(),
    ("GET", "/api/v1/prices/overrides"): _SEEING,
    ("GET", "/api/v1/prices/repricings"): Attempt(),
    ("GET", "/api/v1/evaluators"): Attempt(),
    ("GET", "/api/v1/evaluators/runs"): Attempt(),
    ("GET", "/api/v1/alerts"): Attempt(),
    ("GET", "/api/v1/alerts/silences"): _SEEING,
    ("POST", "/api/v1/alerts/preview"): Attempt(body=_PREVIEW),
    ("GET", "/"): _SEEING,
    ("GET", "/console/panels/{panel_id}"): Attempt(path={"panel_id": "cost-by-service"}),
    ("GET", "/latency"): Attempt(),
    ("GET", "/cost"): Attempt(),
    ("GET", "/errors"): Attempt(),
    ("GET", "/agents"): Attempt(),
    ("GET", "/retrieval"): Attempt(),
    ("GET", "/slo"): Attempt(),
    ("GET", "/mcp"): Attempt(),
    ("GET", "/coding"): Attempt(),
    ("GET", "/guardrails"): Attempt(),
    ("GET", "/experiments"): Attempt(),
    ("GET", "/training"): Attempt(),
    ("GET", "/machines"): Attempt(),
    ("GET", "/traces"): _SEEING,
    ("GET", "/traces/{trace_id}"): _SEEING,
    ("GET", "/traces/{trace_id}/spans/{span_id}"): _SEEING,
    ("GET", "/traces/{trace_id}/spans/{span_id}/content"): Attempt(shows=True, query={"key": "gen_ai.input.messages"}),
    ("GET", "/sessions"): Attempt(),
    ("GET", "/sessions/{session_id:path}"): Attempt(shows=True, path={"session_id:path": SESSION_ID}),
    ("GET", "/scores"): Attempt(),
    ("GET", "/review"): Attempt(query={"of": "groundedness"}),
    ("GET", "/drift"): Attempt(),
    ("GET", "/alerts"): Attempt(),
    ("GET", "/evaluators"): Attempt(),
    ("GET", "/system"): Attempt(),
}

#: Routes that change something; whatever they answer, the victim's project is as it was.
WRITING: Mapping[tuple[str, str], Attempt] = {
    ("PUT", "/api/v1/prices/overrides"): Attempt(body=_PRICE),
    ("POST", "/api/v1/prices/repricings"): Attempt(body=_HOUR),
    ("POST", "/api/v1/scores"): Attempt(body=_SCORE),
    # conftest.py puts the first characters of the victim's key here.
    ("PUT", "/api/v1/keys/{prefix}/quota"): Attempt(body={"requests_per_s": 1}),
    ("POST", "/api/v1/evaluators/backfills"): Attempt(body=_BACKFILL),
    ("POST", "/api/v1/alerts/{rule}/acknowledge"): Attempt(body={"by": "thief"}, path={"rule": "llm-error-rate"}),
    ("POST", "/api/v1/alerts/silences"): Attempt(body=_SILENCE),
    # Silences are numbered in order, and the victim's is the first.
    ("DELETE", "/api/v1/alerts/silences/{silence_id}"): Attempt(path={"silence_id": "1"}),
}

#: OTLP, over HTTP by route and over gRPC by service.
OTLP = {"traces": "trace.v1.TraceService", "logs": "logs.v1.LogsService", "metrics": "metrics.v1.MetricsService"}
#: The ClickHouse port; its statements are in test_sql.py.
STATEMENTS = frozenset({("GET", "/"), ("POST", "/")})


def headers(key: str, project: str) -> dict[str, str]:
    """A key, and every name under which somebody might take a project from a header."""
    names = ("x-project", "x-project-name", "x-spanhouse-project", "x-mlflow-experiment-id", "langsmith-project", "projectname")
    return {"authorization": f"Bearer {key}", **dict.fromkeys(names, project)}

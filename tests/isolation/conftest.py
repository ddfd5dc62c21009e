"""A server with all roles, and two projects: one with something of everything, and one that reaches for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from spanhouse_collector.model import Scope
from spanhouse_server.settings import Settings
from tests.isolation.attempts import MARK, SESSION_ID, SPAN_ID, TRACE_ID, Attempt, headers
from tests.otlp.messages import gauge, logs, metrics, record, span, traces
from tests.server import Server, running

# Each job runs once, before there is anything: what the tests compare is then written by requests alone.
_JOBS = "".join(f"[{job}]\ninterval_s = 86400\n" for job in ("quality", "latency", "drift"))

VICTIM = "victim"
THIEF = "thief"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The server, and an administrator's key of each project."""

    server: Server
    keys: dict[str, str]

    def ask(self, route: tuple[str, str], attempt: Attempt, *, by: str, **query: str) -> httpx2.Response:
        """One request by a project, with headers that name the victim."""
        method, path = route
        for name, value in {"trace_id": TRACE_ID, "span_id": SPAN_ID, "prefix": self.keys[VICTIM][:12], **attempt.path}.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"say in attempts.py what to put into {path}"
        sent = {**attempt.query, **query}
        url = f"{self.server.http_url}{path}"
        return httpx2.request(method, url, params=sent, json=attempt.body, headers=headers(self.keys[by], VICTIM), timeout=30)

    def statement(self, sql: str, *, by: str, **query: str) -> httpx2.Response:
        """One statement on the ClickHouse port."""
        url = f"http://127.0.0.1:{self.server.service.clickhouse_port}/"
        return httpx2.post(url, content=sql, params=query, headers=headers(self.keys[by], VICTIM), timeout=30)

    def rows(self) -> dict[str, Any]:
        """How many rows each table holds by project, read past every fence. Copies count once, merged or not."""
        store = self.server.settled()
        tables = store.raw(
            "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'project'"
            " AND NOT startsWith(table, 'staged_')",
            output_format="TSV",
        )
        counted = (
            f"SELECT project, count() FROM `{table}` GROUP BY project ORDER BY project SETTINGS final = 1"
            for table in tables.decode().split()
        )
        return {sql: store.raw(sql, output_format="TSV") for sql in counted}


@pytest.fixture(scope="session")
def house(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("isolation")
    (folder / "evaluators.toml").write_text(_JOBS, encoding="utf-8")
    settings = Settings(
        data=folder / "data",
        store=engine_url,
        database="isolation",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        evaluators=str(folder / "evaluators.toml"),
    )
    with running(settings) as server:
        keys = {project: server.service.keys.create(project, Scope.ADMIN) for project in (VICTIM, THIEF)}
        house = House(server=server, keys=keys)
        _furnish(house)
        yield house
        server.service.store().raw("DROP DATABASE isolation SYNC", output_format="Null")


def _furnish(house: House) -> None:
    """Something of the victim's in every table, and a little of the thief's."""
    with httpx2.Client(base_url=house.server.http_url, timeout=30) as client:
        for project, mark in ((THIEF, "own"), (VICTIM, MARK)):
            key = {"authorization": f"Bearer {house.keys[project]}"}
            for signal, request in _requests(mark, is_victim=project == VICTIM).items():
                sent = {**key, "content-type": "application/x-protobuf"}
                client.post(f"/v1/{signal}", content=request.SerializeToString(), headers=sent).raise_for_status()
        house.server.settled()
        own = {"authorization": f"Bearer {house.keys[VICTIM]}"}
        score = {"name": f"{MARK}-score", "label": MARK, "explanation": MARK, "trace_id": TRACE_ID, "span_id": SPAN_ID}
        client.post("/api/v1/scores", json=score, headers=own).raise_for_status()
        silence = {"rule": "", "minutes": 600, "reason": MARK}
        client.post("/api/v1/alerts/silences", json=silence, headers=own).raise_for_status()
        price = {"model": f"{MARK}-model", "input_usd": "1", "output_usd": "1"}
        client.put("/api/v1/prices/overrides", json={"items": [price]}, headers=own).raise_for_status()


def _requests(mark: str, *, is_victim: bool) -> dict[str, Any]:
    now_ns = time.time_ns() - 120 * 10**9
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": f"{mark}-model",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.input.messages": f'[{{"role":"user","parts":[{{"type":"text","content":"{mark}"}}]}}]',
        "session.id": SESSION_ID if is_victim else "own",
        "user.id": f"{mark}-user",
        "note": mark,
    }
    ids = {"trace_id": bytes.fromhex(TRACE_ID), "span_id": bytes.fromhex(SPAN_ID)} if is_victim else {}
    failed = Status(code=Status.STATUS_CODE_ERROR, message=mark)
    one = span(
        f"{mark}-span",
        call,
        start_time_unix_nano=now_ns,
        end_time_unix_nano=now_ns + 10**9,
        status=failed,
        events=[Span.Event(name=mark)],
        **ids,
    )
    resource = {"service.name": f"{mark}-service"}
    return {
        "traces": traces(one, resource=resource),
        "logs": logs(record(mark, time_unix_nano=now_ns), resource=resource),
        "metrics": metrics(gauge(mark, time_unix_nano=now_ns), resource=resource),
    }

"""Every role in a process of its own, over one ClickHouse server and one PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanhouse_server.cli import run
from tests.clickhouse_server.process import ClickHouseProcess
from tests.durability.process import Process
from tests.otlp.messages import span, traces
from tests.postgres import postgres

pytestmark = [pytest.mark.system, pytest.mark.store, pytest.mark.net, pytest.mark.timeout(300)]

ROLES = ("collector", "evaluators", "console")
_PATIENCE_S = 150
# Looks every second, so that the test need not wait a minute for what it asks.
_EVALUATORS = """
[quality]
interval_s = 1
settle_s = 1
[latency]
interval_s = 1
[[evaluator]]
name = "answer_length"
"""
_RULES = """
interval: 1s
rules:
  - id: failing
    title: Failing calls
    description: More than one in twenty calls fails.
    sql: llm_error_rate
    variables: {minimum_errors: 1, minimum_minutes: 1}
    comparison: above
    threshold: 0.05
    unit: percentunit
    for: 0s
    panel: error-rate
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The processes by role, and a key for one project."""

    roles: dict[str, Process]
    key: str

    def get(self, path: str, **query: str) -> httpx2.Response:
        """Asks the console."""
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx2.get(f"{self.roles['console'].http_url}{path}", params=query, headers=headers, timeout=60).raise_for_status()

    def send(self, *spans: Any, to: str = "collector") -> httpx2.Response:
        """Sends spans to a process."""
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/x-protobuf"}
        body = traces(*spans).SerializeToString()
        return httpx2.post(f"{self.roles[to].http_url}/v1/traces", content=body, headers=headers, timeout=60)


@pytest.fixture
def house(clickhouse: ClickHouseProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    (tmp_path / "evaluators.toml").write_text(_EVALUATORS, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(_RULES, encoding="utf-8")
    with postgres() as state, ExitStack() as stack, ThreadPoolExecutor(len(ROLES)) as pool:
        assert run(["keys", "create", "--state", state, "--project", "shop", "--scope", "admin"]) == 0
        key = capsys.readouterr().out.strip()
        assert run(["migrate", "--store", clickhouse.url]) == 0
        shared = ["--store", clickhouse.url, "--state", state]
        shared += ["--evaluators", str(tmp_path / "evaluators.toml"), "--rules", str(tmp_path / "rules.yaml")]
        roles = {role: Process(tmp_path / role, *shared, "--role", role) for role in ROLES}
        for process in roles.values():
            stack.callback(process.kill)
        list(pool.map(Process.start, roles.values()))
        yield House(roles=roles, key=key)
        for process in roles.values():
            process.stop()


def seen(look: Callable[[], Any]) -> Any:
    """What is seen once there is something to see."""
    end_s = time.monotonic() + _PATIENCE_S
    while not (found := look()) and time.monotonic() < end_s:
        time.sleep(0.2)
    assert found
    return found


def calls(number: int) -> list[Any]:
    """Calls of the last minute, every second of them a failure, with a secret in each answer."""
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "The key is sk-proj-" + "a1B2" * 12}]}]
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.output.messages": json.dumps(answer),
    }
    begun_ns = time.time_ns() - 30_000_000_000
    return [
        span(f"call {n}", given, start_time_unix_nano=begun_ns, end_time_unix_nano=begun_ns + 10**9, status={"code": 1 + n % 2})
        for n in range(number)
    ]


def test_each_role_does_its_part_for_the_others(house: House, tmp_path: Path) -> None:
    assert house.send(*calls(40)).status_code == 200
    refused = house.send(*calls(1), to="console")
    assert refused.status_code == 503
    assert b"runs console and keeps no spans; send to one with the role collector" in refused.content

    spans = seen(lambda: len(found := house.get("/api/v1/spans", limit="100").json()["items"]) == 40 and found)
    assert {one["cost_usd"] for one in spans} == {"0.0035"}
    one = house.get(f"/api/v1/traces/{spans[0]['trace_id']}/spans/{spans[0]['span_id']}").text
    assert "[redacted:" in one
    assert "a1B2a1B2" not in one

    scores = seen(lambda: house.get("/api/v1/scores").json()["items"])
    assert {score["evaluator"] for score in scores} == {"answer_length"}
    firing = seen(lambda: [alert for alert in house.get("/api/v1/alerts").json()["alerts"] if alert["state"] == "firing"])
    assert [alert["rule"] for alert in firing] == ["failing"]
    assert "Failing calls" in house.get("/alerts").text

    assert "gpt-4o" in house.get("/console/panels/cost-by-model").text
    # Other figures of the page have a 40 in them as well.
    assert seen(lambda: all(part in (page := house.get("/system").text) for part in ("Redacted", "40")) and page)
    assert [line for role in ROLES for line in _complaints(tmp_path / f"{role}.log")] == []


def _complaints(log: Path) -> list[str]:
    return [line for line in log.read_text(encoding="utf-8").splitlines() if " error " in line or "Traceback" in line]

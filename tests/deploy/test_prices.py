"""`spanhouse prices` against a running service: a file of prices, what they make of stored costs, and sentences for mistakes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import httpx2
import pytest

from spanhouse_collector.model import Scope
from spanhouse_server.cli import run
from tests.otlp.messages import span, traces
from tests.server import Server

pytestmark = [pytest.mark.store, pytest.mark.net]

PRICES = """
[[price]]
model = "ours"
valid_from = 2026-01-01
input_usd = 2.5
output_usd = 0
"""


def test_a_file_of_prices_is_set_and_stored_costs_follow(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = server.service.keys.create(f"prices-{random.randrange(10**9)}", Scope.ADMIN)
    where = ["--http-port", str(server.service.http_port), "--key", key]
    model = f"ours-{random.randrange(10**9)}"
    given = {"gen_ai.operation.name": "chat", "gen_ai.request.model": model, "gen_ai.usage.input_tokens": 1_000_000}
    body = traces(span("call", given)).SerializeToString()
    headers = {"content-type": "application/x-protobuf", "x-api-key": key}
    httpx2.post(f"{server.http_url}/v1/traces", content=body, headers=headers).raise_for_status()
    server.settled()
    assert run(["prices", "unknown", *where]) == 0
    assert f"\t{model}\t1 spans" in capsys.readouterr().out
    file = tmp_path / "prices.toml"
    file.write_text(PRICES.replace("ours", model))
    assert run(["prices", "set", str(file), *where]) == 0
    assert "1 prices are in place" in capsys.readouterr().out
    assert run(["prices", "list", *where]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["model"], shown["input_usd"], shown["valid_from"]) == (model, "2.5", "2026-01-01T00:00:00Z")
    assert run(["prices", "reprice", "--from", "2026-11-01", "--to", "2026-12-01", *where]) == 0
    assert "1 have another cost now" in capsys.readouterr().out
    assert run(["prices", "unknown", *where]) == 0
    assert model not in capsys.readouterr().out


def test_mistakes_are_told_in_a_sentence(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--http-port", str(server.service.http_port)]
    assert run(["prices", "set", str(tmp_path / "none.toml"), *where]) == 1
    assert "cannot be read as TOML" in capsys.readouterr().err
    assert run(["prices", "reprice", "--from", "soon", "--to", "later", *where]) == 1
    assert "'soon' is no time" in capsys.readouterr().err
    assert run(["prices", "list", "--http-port", "1"]) == 3
    assert "start `spanhouse serve`" in capsys.readouterr().err

"""The official Node.js client against the ClickHouse interface, plain and compressed both ways."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import Gateway
from tests.node import NODE_PACKAGES, node

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.client("javascript")]

_SCRIPT = Path(__file__).with_name("clickhouse_client.cjs")


@pytest.mark.parametrize("compressed", ["false", "true"])
def test_the_node_client_gets_values_filters_streams_sessions_and_refusals(local_gateway: Gateway, compressed: str) -> None:
    command = [node(), str(_SCRIPT), local_gateway.url, compressed]
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": NODE_PACKAGES}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=15, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "ping": True,
        "ping_by_select": True,
        "values": [{"n": 5, "text": "it's\t\n\\ ok", "list": ["x", "y"], "at": "1970-01-01 00:00:00"}],
        "spans": [{"n": 2}],
        "filtered": [{"n": 0}],
        "streamed": 100_000,
        "session": [{"zone": "Asia/Tokyo"}],
        "refusals": ["47 UNKNOWN_IDENTIFIER", "60 UNKNOWN_TABLE", "164 READONLY", "164 READONLY"],
    }

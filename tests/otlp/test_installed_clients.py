"""OpenTelemetry's exporters for JavaScript, and those of JSON for Python, as clients over every protocol they speak.

They are programs of their own (tests/otlp/clients), installed beside the environment by `make test`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CLIENTS
from tests.node import NODE_PACKAGES, node
from tests.otlp.sender import Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

SCRIPTS = Path(__file__).parent / "clients"
# Guards against a client that hangs; no bar of speed. On a busy machine one took more than 15 s, for a reason not found.
_HANGS_AFTER_S = 45


def run_client(sender: Sender, command: list[str], **settings: str) -> list[int]:
    """Runs a client against the sender's server and project. Gives the codes of its exports."""
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_PATH": NODE_PACKAGES,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{sender.key}",
        **settings,
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        try:
            said, complaints = client.communicate(timeout=_HANGS_AFTER_S)
        except subprocess.TimeoutExpired:
            client.kill()
            pytest.fail(f"the client hangs after {_HANGS_AFTER_S} s, having said: {client.communicate()}")
    assert client.returncode == 0, complaints
    codes: list[int] = json.loads(said)
    return codes


def javascript(sender: Sender, protocol: str, **settings: str) -> list[int]:
    url = f"http://{sender.server.grpc_address}" if protocol == "grpc" else sender.server.http_url
    command = [node(), str(SCRIPTS / "javascript" / "send.cjs"), protocol]
    return run_client(sender, command, OTEL_EXPORTER_OTLP_ENDPOINT=url, **settings)


def python_json(sender: Sender, **settings: str) -> list[int]:
    command = [str(CLIENTS / "python_json" / "bin" / "python"), str(SCRIPTS / "python_json" / "send.py")]
    return run_client(sender, command, OTEL_EXPORTER_OTLP_ENDPOINT=sender.server.http_url, **settings)


def check_everything_arrived(sender: Sender, codes: list[int]) -> None:
    """That two spans, a record and two metrics were taken, each in an export of its own, and are stored whole."""
    assert codes == [0, 0, 0, 0]
    check_spans(sender.stored())
    check_log(sender.stored("logs"))
    check_metrics(sender.stored("metrics_points"))


def check_spans(rows: list[dict[str, Any]]) -> None:
    parent, child = sorted(rows, key=lambda row: row["name"], reverse=True)
    assert (parent["name"], parent["span_kind"], parent["parent_span_id"]) == ("parent", "Server", "")
    assert parent["attributes"] == {"user.id": "u", "n": str(2**53 - 1), "half": "0.5", "yes": "true", "tags": '["a","b"]'}
    assert (child["name"], child["span_kind"], child["parent_span_id"]) == ("child", "Client", parent["span_id"])
    assert (child["trace_id"], child["status_code"], child["status_message"]) == (parent["trace_id"], "Error", "boom")
    assert (child["link_span_ids"], child["link_attributes"]) == ([parent["span_id"]], [{"why": "test"}])
    assert (child["event_names"], child["event_attributes"]) == (["thinking"], [{"step": "1"}])
    assert (child["service"], child["release"], child["scope_name"], child["scope_version"]) == (
        "shop",
        "2.0",
        "shop.tracer",
        "1.0",
    )


def check_log(rows: list[dict[str, Any]]) -> None:
    (row,) = rows
    assert (row["event_name"], row["severity_number"], row["severity_text"]) == ("gen_ai.choice", 13, "WARN")
    assert json.loads(row["body"]) == {"content": "hello ✓", "parts": [1, 2.5, None]}
    assert (row["service"], row["attributes"]) == ("shop", {"gen_ai.provider.name": "openai"})


def check_metrics(rows: list[dict[str, Any]]) -> None:
    latency, requests = sorted(rows, key=lambda row: row["name"])
    assert (requests["name"], requests["unit"], requests["value"]) == ("requests", "{request}", 3)
    assert requests["attributes"] == {"path": "/"}
    assert (latency["name"], latency["unit"], latency["count"], latency["sum"]) == ("latency", "s", 1, 1.5)
    assert (latency["explicit_bounds"], latency["bucket_counts"]) == ([1.0, 2.0], [0, 1, 0])


@pytest.mark.client("javascript")
@pytest.mark.parametrize("protocol", ["http", "proto", "grpc"])
def test_H01_H02_H09_G01_what_the_exporters_for_javascript_send_arrives_whole(sender: Sender, protocol: str) -> None:
    check_everything_arrived(sender, javascript(sender, protocol))


@pytest.mark.client("javascript")
@pytest.mark.parametrize("protocol", ["proto", "grpc"])
def test_Z02_the_exporters_for_javascript_may_compress(sender: Sender, protocol: str) -> None:
    check_everything_arrived(sender, javascript(sender, protocol, OTEL_EXPORTER_OTLP_COMPRESSION="gzip"))


@pytest.mark.client("python_json")
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_H02_J06_J08_what_pythons_exporters_of_json_send_arrives_whole(sender: Sender, compression: str) -> None:
    check_everything_arrived(sender, python_json(sender, OTEL_EXPORTER_OTLP_COMPRESSION=compression))

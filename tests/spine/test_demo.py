"""`spanhouse demo`, as `make run` starts it: what a newcomer sees in the first minute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.dashboards.webhook_receiver import Receiver, receiver

_DONE_S = 150
_STOP_S = 40
_WEBHOOK_S = 20
_PAGES = ("/", "/traces", "/sessions", "/scores", "/drift", "/alerts", "/evaluators", "/system")


@contextmanager
def _demo(folder: Path, webhook_url: str) -> Iterator[str]:
    """Runs the demo; gives the console's address once everything is judged, and expects an orderly end."""
    command = [sys.executable, "-m", "spanhouse_server", "demo", "--data", str(folder / "data"), "--alert-webhook", webhook_url]
    command += ["--http-port", "0", "--grpc-port", "0", "--clickhouse-port", "0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if found := re.search(r"Done in .* Open (http://127\.0\.0\.1:\d+)/", line):
                    yield found.group(1)
                    break
            else:
                raise AssertionError("".join(lines))
        finally:
            process.terminate()
            process.wait(_STOP_S)
    assert process.returncode == 0


@pytest.mark.net
@pytest.mark.timeout(_DONE_S + _STOP_S + _WEBHOOK_S)
def test_demo_fills_every_page_and_raises_an_alert(tmp_path: Path) -> None:
    with receiver() as webhook, _demo(tmp_path, webhook.url) as url, httpx2.Client(base_url=url, timeout=30) as client:
        pages = {page: client.get(page) for page in _PAGES}
        assert {page: answer.status_code for page, answer in pages.items()} == dict.fromkeys(_PAGES, 200)
        assert "1.1" in pages["/"].text
        assert "groundedness" in pages["/scores"].text
        assert "moved away from the reference" in pages["/alerts"].text
        trace_id = client.get("/api/v1/traces", params={"limit": 1}).json()["items"][0]["trace_id"]
        assert "invoke_workflow support" in client.get(f"/traces/{trace_id}").text
        assert _first_alert(webhook) == ("drift-alarm", "firing")


def _first_alert(webhook: Receiver) -> tuple[str, str]:
    end_s = time.monotonic() + _WEBHOOK_S
    while time.monotonic() < end_s:
        for body in list(webhook.received):
            if body["rule"] == "drift-alarm":
                return body["rule"], body["status"]
        time.sleep(0.1)
    raise AssertionError("no drift alarm was posted")

"""Workers of gunicorn, forked before and after the application is loaded, send what they have when the server is stopped."""

from __future__ import annotations

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.examples.test_examples import BIN, stored
from tests.server_process import ServerProcess

_TIMEOUT_S = 60
# So long that whoever is asked meanwhile is the other worker, once it is there; short of the 100 spans that `stored` reads.
_BUSY_S = 1
pytestmark = [pytest.mark.net, pytest.mark.system, pytest.mark.timeout(2 * _TIMEOUT_S)]

APPLICATION = """
import os, time, spanhouse
spanhouse.init(service_name={service!r}, instrument=False)

def application(environ, start_response):
    with spanhouse.span(f"request in {{os.getpid()}}"):
        time.sleep({busy_s})
        start_response("200 OK", [])
    return [str(os.getpid()).encode()]
"""


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["each worker loads", "preload"])
def test_requests_of_every_worker_are_stored(server_process: ServerProcess, tmp_path: Path, preload: list[str]) -> None:
    service = f"gunicorn-{len(preload)}"
    (tmp_path / "shop.py").write_text(APPLICATION.format(service=service, busy_s=_BUSY_S), encoding="utf-8")
    command = [str(BIN / "python"), "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "2", *preload, "shop:application"]
    variables = {**os.environ, "SPANHOUSE_ENDPOINT": server_process.url}
    with subprocess.Popen(command, cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = ""
        while "Listening at" not in line:
            line = server.stderr.readline()
        answered = _asked_until_both_answered(re.findall(r"http://[\d.:]+", line)[0])
        server.terminate()
        server.communicate(timeout=_TIMEOUT_S)
    spans = stored(server_process, service, spans=len(answered))
    assert sorted(span["name"] for span in spans) == sorted(f"request in {worker}" for worker in answered)


def _asked_until_both_answered(url: str) -> list[str]:
    """The worker of each answer, of two requests at a time."""
    answered: list[str] = []
    end_s = time.monotonic() + _TIMEOUT_S
    with ThreadPoolExecutor(2) as asking:
        while len(set(answered)) < 2 and time.monotonic() < end_s:
            answered.extend(reply.text for reply in asking.map(httpx2.get, [url, url]))
    return answered

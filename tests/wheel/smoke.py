"""What is published works: run by the interpreter of an environment that holds nothing but the built wheels.

Not a pytest test, because that environment has no pytest. Ends with a line that says what was checked, or with an error.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

import spanhouse

PACKAGES = ("spanhouse", "spanhouse_collector", "spanhouse_evaluators", "spanhouse_dashboards", "spanhouse_server")
REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "spanhouse"
VISIBLE_S = 15


def check_packages_come_from_the_wheels() -> None:
    for name in PACKAGES:
        where = importlib.import_module(name).__file__ or ""
        assert "site-packages" in where, f"{name} was imported from {where}, not from its wheel"


def check_every_data_file_is_there() -> None:
    """Every tracked file of a package is in the wheel: SQL, pages and the sample's scripts are found by name at run time."""
    for name in PACKAGES:
        package = Path(importlib.import_module(name).__file__ or "").parent
        (source,) = REPOSITORY.glob(f"*/{name}")
        listed = subprocess.run(["git", "ls-files", "."], cwd=source, check=True, capture_output=True, text=True)
        missing = [file for file in listed.stdout.splitlines() if not (package / file).is_file()]
        assert not missing, f"the wheel of {name} lacks {missing}"


def check_a_span_becomes_a_trace() -> None:
    """`spanhouse serve` starts, takes what the SDK sends, shows it, and ends well."""
    ports = ["--http-port", "0", "--grpc-port", "0", "--clickhouse-port", "0"]
    with (
        tempfile.TemporaryDirectory() as data,
        subprocess.Popen(
            [COMMAND, "serve", "--data", f"{data}/data", *ports], cwd=data, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            url = next(found.group(1) for line in server.stdout if (found := re.search(r"(http://[\d.:]+)/v1/traces", line)))
            assert _names(url, _send(url)) == ["invoke_workflow support"]
        finally:
            server.terminate()
    assert server.returncode == 0, f"spanhouse serve ended with {server.returncode}"


def _send(url: str) -> str:
    spanhouse.init(url, service_name="smoke", instrument=False)
    with spanhouse.span("support", kind="workflow") as span:
        pass
    spanhouse.shutdown()
    return span.trace_id


def _names(url: str, trace_id: str) -> list[str]:
    """Names of the trace's spans, once it is visible."""
    end_s = time.monotonic() + VISIBLE_S
    while time.monotonic() < end_s:
        reply = httpx2.get(f"{url}/api/v1/traces/{trace_id}")
        if reply.is_success:
            return [span["name"] for span in reply.json()["items"]]
        time.sleep(0.1)
    raise TimeoutError(f"the trace was not visible within {VISIBLE_S} s")


def main() -> None:
    checks = [check for name, check in globals().items() if name.startswith("check_")]
    for check in checks:
        check()
    print(f"the wheels: {len(checks)} checks passed")


if __name__ == "__main__":
    main()

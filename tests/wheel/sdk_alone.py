"""The SDK's wheel by itself works and brings nothing but OpenTelemetry: run by an environment that holds nothing else.

Not a pytest test, because that environment has no pytest. Ends with a line that says what was checked, or with an error.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distributions, requires

import spanhouse

_NAME = re.compile(r"[\w.-]+")
_NOBODY = "http://127.0.0.1:9"


def check_dependencies_are_opentelemetrys() -> None:
    """Each dependency is OpenTelemetry's, or one that OpenTelemetry's exporter has itself."""
    own = _required("spanhouse")
    strangers = {name for name in own if not name.startswith("opentelemetry-")}
    assert strangers <= _required("opentelemetry-exporter-otlp-proto-http"), strangers


def check_nothing_else_is_installed() -> None:
    """What is there is what the dependencies need, and nothing of the service."""
    needed, look_at = set(), ["spanhouse"]
    while look_at:
        name = look_at.pop()
        if name not in needed:
            needed.add(name)
            look_at += _required(name)
    installed = {_normal(found.metadata["Name"]) for found in distributions()}
    assert installed <= needed, installed - needed
    assert not {name for name in installed if name.startswith("spanhouse-")}, installed


def check_it_traces_without_any_instrumentation() -> None:
    """A function runs, traced, without a collector; the report names what is in the way."""
    spanhouse.init(_NOBODY, service_name="alone")
    assert spanhouse.observe(kind="workflow")(str.upper)("why") == "WHY"
    assert not spanhouse.flush(1.0)
    assert "cannot reach" in spanhouse.report().problem


def check_doctor_says_that_nobody_is_there() -> None:
    """The command line works too."""
    command = [sys.executable, "-I", "-m", "spanhouse", "doctor", "--endpoint", _NOBODY, "--timeout", "0.5"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, "not delivered: cannot reach" in done.stdout) == (1, True), done


def _required(name: str) -> set[str]:
    """Names of the distributions that this one needs on this system, without extras."""
    found = set()
    for requirement in requires(name) or ():
        marker = requirement.partition(";")[2]
        if match := _NAME.match(requirement):
            found |= set() if "extra" in marker else {_normal(match.group())}
    return found & {_normal(one.metadata["Name"]) for one in distributions()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Runs the checks."""
    checks = [check for name, check in sorted(globals().items()) if name.startswith("check_")]
    for check in checks:
        check()
    print(f"the SDK's wheel alone: {len(checks)} checks passed")


if __name__ == "__main__":
    main()

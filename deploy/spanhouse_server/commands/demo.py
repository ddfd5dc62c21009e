"""`spanhouse demo`: runs the service, lets the sample application send two days of traffic, and judges it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from spanhouse_collector.errors import PermanentError
from spanhouse_server.commands.serve import announce, make_service
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_server.service import Service

_SETTLE_S = 60.0
# The evaluators let a span wait for the rest of its trace (settle_s in evaluators.toml); a little longer than that.
_AFTER_SETTLING_S = 6.5
_SAMPLE_TIMEOUT_S = 120.0


class SampleFailed(PermanentError):
    """The sample application could not send its traffic."""


def add(subparsers: Any, add_settings: Callable[[argparse.ArgumentParser], None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "demo",
        help="run the service with sample traffic to look at",
        description="Run the service, send two days of a sample application's traffic through the SDK, evaluate it, and stay.",
    )
    parser.add_argument("--hours", type=int, default=48, help="hours of history (default: %(default)s)")
    parser.add_argument("--traces", type=int, default=1500, help="traces to send (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the traffic (default: %(default)s)")
    parser.add_argument("--exit", action="store_true", help="stop once everything is evaluated")
    add_settings(parser)
    parser.set_defaults(command=_demo)


def _demo(settings: Settings, options: Mapping[str, Any]) -> int:
    failures: list[SampleFailed] = []
    service = make_service(settings)

    def show(ready: Service) -> None:
        # The thread that opened the store must go on to its end; what follows takes a while.
        threading.Thread(target=_play, args=(settings, ready, options, failures), name="demo", daemon=True).start()

    service.run(on_ready=show)
    if failures:
        raise failures[0]
    return 0


def _play(settings: Settings, service: Service, options: Mapping[str, Any], failures: list[SampleFailed]) -> None:
    began = time.monotonic()
    announce(settings, service)
    try:
        print("The sample application sends its traffic …", flush=True)
        _send(service.public_url(), options)
    except SampleFailed as failure:
        failures.append(failure)
        service.stop()
        return
    service.collector.settle(timeout_s=_SETTLE_S)
    time.sleep(_AFTER_SETTLING_S)
    print("The evaluators judge it …", flush=True)
    for job in dict.fromkeys(record.job for record in service.evaluators.run_once()):
        print(f"  {job:<8} {_outcome(service, job)}", flush=True)
    print(f"Done in {time.monotonic() - began:.0f} s. Open {service.public_url()}/ — Ctrl-C ends it.", flush=True)
    if options["exit"]:
        service.stop()


def _outcome(service: Service, job: str) -> str:
    """What all runs of a job came to: the schedule has begun while the traffic was still coming in."""
    runs = service.evaluators.log.recent(job)
    counts = [sum(getattr(run.counts, name) for run in runs) for name in ("scored", "unscored", "failed")]
    error = next((run.error for run in runs if run.error), "")
    return error or "{} scored, {} unscored, {} failed".format(*counts)


def _send(endpoint: str, options: Mapping[str, Any]) -> None:
    """Runs the sample application: a program of its own that knows only the SDK."""
    with as_file(files("spanhouse_server") / "sample" / "support_assistant.py") as script:
        command = [sys.executable, str(script), "--endpoint", endpoint]
        for name in ("hours", "traces", "seed"):
            command += [f"--{name}", str(options[name])]
        try:
            # Our own script, with numbers checked by the parser.
            subprocess.run(command, check=True, timeout=_SAMPLE_TIMEOUT_S)  # noqa: S603
        except subprocess.CalledProcessError as error:
            problem = f"the sample application ended with {error.returncode}; install the SDK: pip install spanhouse"
            raise SampleFailed(problem) from error
        except subprocess.TimeoutExpired as error:
            problem = f"the sample application took longer than {_SAMPLE_TIMEOUT_S:.0f} s; send fewer --traces"
            raise SampleFailed(problem) from error

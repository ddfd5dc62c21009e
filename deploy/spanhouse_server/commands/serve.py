"""`spanhouse serve`: runs the service until it is told to stop."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from spanhouse_server.fatal_signals import end_on_fatal_signals
from spanhouse_server.logs import configure
from spanhouse_server.memory import spare_startup_objects
from spanhouse_server.settings import ROLES, Settings

if TYPE_CHECKING:
    from spanhouse_server.service import Service


def add(subparsers: Any, add_settings: Callable[[argparse.ArgumentParser], None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "serve", help="run the service", description="Run the collector, the evaluators and the console until SIGTERM."
    )
    add_settings(parser)
    parser.set_defaults(command=_serve)


def _serve(settings: Settings, _options: Mapping[str, Any]) -> int:
    make_service(settings).run(on_ready=lambda service: announce(settings, service))
    return 0


def make_service(settings: Settings) -> Service:
    """The service of a process that is its own."""
    from spanhouse_collector.storage import leave_pandas_out
    from spanhouse_server.service import Service

    leave_pandas_out()
    configure(settings.log_level)
    return Service(settings)


def announce(settings: Settings, service: Service) -> None:
    """Says where to look for what this process does, now that it has started."""
    spare_startup_objects()
    end_on_fatal_signals()
    url = service.public_url()
    lines = [f"Spanhouse is ready, with its data in {settings.data}"]
    if "console" in settings.roles:
        lines.append(f"  console    {url}/")
    if "collector" in settings.roles:
        lines += [f"  OTLP/HTTP  {url}/v1/traces", f"  OTLP/gRPC  {settings.host}:{service.grpc_port}"]
    if settings.roles != set(ROLES):
        lines.append(f"  health     {url}/readyz")
    if service.serves_clickhouse:
        lines.append(f"  ClickHouse http://{settings.host}:{service.clickhouse_port}/ (read-only)")
    print("\n".join(lines), flush=True)

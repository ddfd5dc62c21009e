"""`spanhouse serve`: runs the service until it is told to stop."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from spanhouse_server.logs import configure
from spanhouse_server.settings import Settings

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
    from spanhouse_server.service import Service

    configure(settings.log_level)
    Service(settings).run(on_ready=lambda service: announce(settings, service))
    return 0


def announce(settings: Settings, service: Service) -> None:
    """Says where to look."""
    url = service.public_url()
    print(f"Spanhouse is ready, with its data in {settings.data}", flush=True)
    print(f"  console    {url}/", flush=True)
    print(f"  OTLP/HTTP  {url}/v1/traces", flush=True)
    print(f"  OTLP/gRPC  {settings.host}:{service.grpc_port}", flush=True)
    if service.serves_clickhouse:
        print(f"  ClickHouse http://{settings.host}:{service.clickhouse_port}/ (read-only)", flush=True)

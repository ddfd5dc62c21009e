"""All checks in order: the machine first, then the service if it runs, else what it would use."""

from __future__ import annotations

from collections.abc import Iterator

from spanhouse_server.health import machine, running, stopped
from spanhouse_server.health.verdict import Verdict, ok
from spanhouse_server.settings import Settings


def examine(settings: Settings, *, key: str = "") -> list[Verdict]:
    """Runs every check; blocks for some seconds at most. `key` is for reading, where the running service has keys."""
    return list(_verdicts(settings, key))


def _verdicts(settings: Settings, key: str) -> Iterator[Verdict]:
    yield from machine.folder(settings.data)
    yield machine.state(settings)
    service = running.find(settings, key)
    if service is not None:
        yield from service.verdicts()
        return
    yield ok("service", f"no service answers on {settings.host}:{settings.http_port}; what it would use is looked at directly")
    yield from machine.ports(settings)
    yield from stopped.verdicts(settings)

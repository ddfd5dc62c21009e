"""What lies under the service: its folder, its disk, its ports, its state database."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from spanhouse_collector.api.keys import Keys
from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State
from spanhouse_server.health.verdict import Verdict, failed, ok, warning
from spanhouse_server.settings import Settings

_GIB = 1024**3
# The journal may hold 2 GiB and a merge needs as much again; below half a GiB the engine refuses to write.
_LOW_SPACE_BYTES = 5 * _GIB
_NO_SPACE_BYTES = _GIB // 2


def folder(data: Path) -> Iterator[Verdict]:
    """Whether the data folder can be written, and how much room its disk has."""
    existing = next(path for path in (data.resolve(), *data.resolve().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        yield failed("folder", f"{existing} cannot be written ({error.strerror}); give another --data or the right to it")
    else:
        made = "" if existing == data.resolve() else "; it does not exist yet, and `spanhouse serve` makes it"
        yield ok("folder", f"the data folder {data} can be written{made}")
    free = shutil.disk_usage(existing).free
    sentence = f"{free / _GIB:.1f} GiB are free for {data}"
    if free < _NO_SPACE_BYTES:
        yield failed("space", f"{sentence}; make room, nothing more can be stored")
    elif free < _LOW_SPACE_BYTES:
        yield warning("space", f"{sentence}; make room before it runs out")
    else:
        yield ok("space", sentence)


def ports(settings: Settings) -> Iterator[Verdict]:
    """Whether the ports of a service that does not run are free."""
    for name in ("http_port", "grpc_port", "clickhouse_port"):
        port = getattr(settings, name)
        reason = _taken(settings.host, port)
        if reason:
            option = name.replace("_", "-")
            yield failed("ports", f"port {port} cannot be used ({reason}); stop what listens there or give another --{option}")
        else:
            yield ok("ports", f"port {port} is free for {name}")


def state(settings: Settings) -> Verdict:
    """Whether the state database answers, and how many keys it has."""
    file = make_url(settings.state_url).database or ""
    if settings.state_url.startswith("sqlite") and not Path(file).exists():
        return ok("state", f"there is no state database {file} yet; `spanhouse serve` makes it")
    database = State(settings.state_url)
    try:
        database.create_tables()
        keys = len(Keys(database).active())
    except SpanhouseError as error:
        return failed("state", str(error))
    finally:
        database.close()
    return ok("state", f"the state database answers and has {keys} active keys")


def _taken(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return str(error.strerror)
    return ""

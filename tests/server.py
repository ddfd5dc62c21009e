"""The real service in this process, for tests that speak to it as its clients do. Must not know what they send."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from spanhouse_collector.storage import Store
from spanhouse_server.service import Service
from spanhouse_server.settings import Settings

_READY_S = 30.0
_SETTLE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A service that is running."""

    service: Service

    @property
    def http_url(self) -> str:
        """Address of OTLP/HTTP and the API."""
        return f"http://127.0.0.1:{self.service.http_port}"

    @property
    def grpc_address(self) -> str:
        """Address of OTLP/gRPC."""
        return f"127.0.0.1:{self.service.grpc_port}"

    def settled(self) -> Store:
        """The store, once it holds everything that was acknowledged and its rollup is up to date."""
        assert self.service.collector.settle(timeout_s=_SETTLE_S)
        return self.service.store()


@contextmanager
def running(settings: Settings, *, wait_until_ready: bool = True) -> Iterator[Server]:
    """Runs a service while the block lasts; its ports are free ones."""
    service = Service(settings)
    ready = threading.Event()
    thread = threading.Thread(target=service.run, kwargs={"on_ready": lambda _service: ready.set()}, name="service")
    thread.start()
    try:
        if wait_until_ready:
            assert ready.wait(_READY_S), service.not_ready()
        _wait_until_listening(service)
        yield Server(service=service)
    finally:
        service.stop()
        thread.join()


def _wait_until_listening(service: Service) -> None:
    deadline = time.monotonic() + _READY_S
    while not service.http_port:
        assert time.monotonic() < deadline, "the service does not listen"
        time.sleep(0.01)
    assert httpx2.get(f"http://127.0.0.1:{service.http_port}/livez", timeout=_READY_S).status_code == 200

"""A project and its sender for every test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx2
import pytest

from spanhouse_collector.model import Scope
from tests.otlp.sender import Sender
from tests.server import Server

_projects = count()


@pytest.fixture
def sender(server: Server) -> Iterator[Sender]:
    """A sender with a project of its own, of which nothing may be put aside."""
    project = f"otlp-{next(_projects)}"
    with httpx2.Client(timeout=15) as client:
        sender = Sender(server=server, project=project, key=server.service.keys.create(project, Scope.INGEST), client=client)
        yield sender
        assert sender.stored("dead_letters") == []

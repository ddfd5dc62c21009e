"""One project's sender: speaks OTLP/HTTP to a server and reads back what is stored. Must not know what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
from google.protobuf.message import Message

from spanhouse_collector.storage import load
from tests.server import Server

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
#: The file of tests/otlp/sql/ that reads what a signal stores.
TABLES = {"traces": "spans", "logs": "logs", "metrics": "metrics_points"}
_SQL = "tests.otlp.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A project with a key on a server."""

    server: Server
    project: str
    key: str
    client: httpx2.Client

    @property
    def authorization(self) -> dict[str, str]:
        """The header that names the project."""
        return {"Authorization": f"Bearer {self.key}"}

    def post(self, body: Message | bytes | str, *, signal: str = "traces", **headers: str) -> httpx2.Response:
        """Sends a body, protobuf unless `content_type` says otherwise; header names are written with underscores."""
        content = body.SerializeToString() if isinstance(body, Message) else body
        sent = {"Content-Type": PROTOBUF, **self.authorization}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        return self.client.post(f"{self.server.http_url}/v1/{signal}", content=content, headers=sent)

    def accept(self, body: Message | bytes | str, *, signal: str = "traces", **headers: str) -> None:
        """Sends a body that must be taken in full."""
        response = self.post(body, signal=signal, **headers)
        assert (response.status_code, response.content) in ((200, b""), (200, b"{}")), response.text

    def stored(self, name: str = "spans") -> list[dict[str, Any]]:
        """Rows of tests/otlp/sql/NAME.sql for this project, after all that was acknowledged is stored."""
        return self.server.settled().query(load(_SQL, name), {"project": self.project})

    def span(self) -> dict[str, Any]:
        """The one span that is stored."""
        (row,) = self.stored()
        return row

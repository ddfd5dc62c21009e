"""The store gate: no test opens the embedded engine or a ClickHouse client without the marker `store`."""

from __future__ import annotations

from typing import Any

import chdb
from clickhouse_connect.driver import httpclient

from tests.gates.gate import Gate

store_gate = Gate("store")

_connect_engine: Any = chdb.connect
_open_http_client = httpclient.HttpClient.__init__


def _gated_connect(*arguments: Any, **named: Any) -> Any:
    store_gate.check("the embedded engine was opened")
    return _connect_engine(*arguments, **named)


def _gated_http_client(*arguments: Any, **named: Any) -> None:
    store_gate.check("a ClickHouse client was opened")
    _open_http_client(*arguments, **named)


# At the places where the two kinds of connection are made, whoever asks for them and however it was imported.
chdb.connect = _gated_connect
httpclient.HttpClient.__init__ = _gated_http_client  # type: ignore[method-assign] # a gate is put in on purpose

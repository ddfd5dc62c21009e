"""Serves a data folder on 127.0.0.1 until it is ended: `python -m tests.clickhouse_server PATH PORT`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import chdb
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from spanhouse_collector.api import clickhouse_encoding
from spanhouse_collector.api.clickhouse_errors import status
from spanhouse_collector.api.clickhouse_native import with_revision
from tests.clickhouse_server.engine import Engine
from tests.clickhouse_server.request import Asked, asked

_ENDS_WITH_NATIVE = re.compile(rb"\bFORMAT\s+Native\s*$", re.IGNORECASE)


def application(engine: Engine) -> Starlette:
    """The server's two handlers."""

    async def statement(request: Request) -> Response:
        asking = asked(dict(request.headers), dict(request.query_params), await request.body())
        try:
            return await run_in_threadpool(_answer, engine, asking)
        except (chdb.ChdbError, RuntimeError) as error:
            return _failure(str(error))

    async def ping(_request: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    return Starlette(routes=[Route("/", statement, methods=["GET", "POST"]), Route("/ping", ping)])


def _answer(engine: Engine, asking: Asked) -> Response:
    result = engine.run(asking)
    is_native = asking.output_format == "Native" or _ENDS_WITH_NATIVE.search(asking.statement)
    content = clickhouse_encoding.encode(with_revision(result, asking.protocol_version) if is_native else result, asking.encoding)
    headers = {"X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": "{}"}
    return Response(content, headers=headers | ({"Content-Encoding": asking.encoding} if asking.encoding else {}))


def _failure(text: str) -> Response:
    found = re.search(r"Code: (\d+)", text)
    code = int(found[1]) if found else 0
    message = text[found.start() :] if found else text
    return PlainTextResponse(message + "\n", status_code=status(code), headers={"X-ClickHouse-Exception-Code": str(code)})


if __name__ == "__main__":
    folder, port = sys.argv[1:]
    opened = Engine(Path(folder))
    uvicorn.run(application(opened), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)

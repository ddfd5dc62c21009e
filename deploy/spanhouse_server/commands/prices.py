"""`spanhouse prices`: shows and replaces a project's own prices, and computes stored costs again. Asks the running service."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidRequest, SpanhouseError, StoreUnavailable
from spanhouse_server.settings import Settings

_TIMEOUT_S = 60.0
_POLL_S = 0.5


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "prices",
        help="a project's own prices; compute costs again",
        description="Own prices stand in front of the catalogue and behind the cost that a client reports. The service must run.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    actions.add_parser("list", help="list the project's own prices").set_defaults(command=_list)
    replace = actions.add_parser("set", help="put the prices of a file in place of all own ones")
    replace.add_argument("file", type=Path, help="TOML file with a table [[price]] for each, its keys as `list` shows them")
    replace.set_defaults(command=_set)
    actions.add_parser("unknown", help="list models with usage and no price").set_defaults(command=_unknown)
    reprice = actions.add_parser("reprice", help="compute costs again at today's prices; old ones are kept in cost_revisions")
    reprice.add_argument("--from", dest="first", required=True, help="first start time, ISO 8601 (UTC if without a zone)")
    reprice.add_argument("--to", dest="until", required=True, help="start time before which it ends, ISO 8601")
    reprice.set_defaults(command=_reprice)
    for action in actions.choices.values():
        action.add_argument("--key", default="", help="an administrator's key, which names the project")
        add_settings(action, ("host", "http_port"))


def _list(settings: Settings, options: Mapping[str, Any]) -> int:
    for item in _ask(settings, options, "GET", "/prices/overrides")["items"]:
        print(json.dumps({name: value for name, value in item.items() if value is not None}))
    return 0


def _set(settings: Settings, options: Mapping[str, Any]) -> int:
    try:
        document = tomllib.loads(options["file"].read_text(encoding="utf-8"), parse_float=str)
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{options['file']} cannot be read as TOML: {error}") from error
    if set(document) - {"price"}:
        raise InvalidRequest(f"{options['file']} holds {sorted(set(document) - {'price'})}; it may hold [[price]] only")
    body = json.dumps({"items": document.get("price", [])}, default=_instant)
    kept = _ask(settings, options, "PUT", "/prices/overrides", body)
    print(f"{len(kept['items'])} prices are in place; `spanhouse prices reprice` computes what was stored before")
    return 0


def _unknown(settings: Settings, options: Mapping[str, Any]) -> int:
    for item in _ask(settings, options, "GET", "/models?unpriced=true&limit=1000")["items"]:
        print(f"{item['provider']}\t{item['model']}\t{item['spans']} spans")
    return 0


def _reprice(settings: Settings, options: Mapping[str, Any]) -> int:
    body = json.dumps({"first": _utc(options["first"]), "until": _utc(options["until"])})
    run = _ask(settings, options, "POST", "/prices/repricings", body)
    while not run["is_finished"]:
        time.sleep(_POLL_S)
        runs = _ask(settings, options, "GET", "/prices/repricings")["items"]
        run = next(one for one in runs if one["id"] == run["id"])
        print(f"until {run['done_until']}: {run['spans']} spans looked at, {run['changed']} have another cost now")
    return 0


def _ask(settings: Settings, options: Mapping[str, Any], method: str, path: str, body: str | None = None) -> dict[str, Any]:
    import httpx2

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    headers = {"content-type": "application/json"}
    if options["key"]:
        headers["authorization"] = f"Bearer {options['key']}"
    url = f"http://{host}:{settings.http_port}/api/v1{path}"
    try:
        answer = httpx2.request(method, url, content=body, headers=headers, timeout=_TIMEOUT_S)
        found: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise StoreUnavailable(f"no service answers on {host}:{settings.http_port} ({error}); start `spanhouse serve`") from error
    if answer.is_error:
        raise SpanhouseError(str(found.get("error")))
    return found


def _utc(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is no time; give one such as 2026-11-01 or 2026-11-01T12:00:00Z") from None
    return _instant(instant)


def _instant(value: Any) -> str:
    """An instant of TOML or of the command line for JSON; one without a zone is UTC."""
    instant = value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).isoformat()

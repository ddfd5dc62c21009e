"""`spanhouse keys`: makes, lists and revokes keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spanhouse_collector.model import DEFAULT_PROJECT, Scope
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_collector.api.keys import Keys
    from spanhouse_collector.api.quotas import Quota

_QUOTA = {
    "requests_per_s": "requests that it may send in a second (default: no bound)",
    "items_per_s": "spans, log records and data points that it may send in a second (default: no bound)",
    "bytes_per_s": "bytes, after decompression, that it may send in a second (default: no bound)",
    "burst_s": "how many seconds' worth may come at once after a pause (default: 10)",
}


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "keys", help="make, list, limit and revoke keys", description="Keys say which project a sender belongs to."
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key and print it, once")
    create.add_argument("--project", default=DEFAULT_PROJECT, help="the project it belongs to (default: %(default)s)")
    create.add_argument(
        "--scope",
        choices=[scope.value for scope in Scope],
        default=Scope.INGEST.value,
        help="what it may do (default: %(default)s)",
    )
    _add_quota(create)
    create.set_defaults(command=_create)
    limit = actions.add_parser("limit", help="give a key another quota; what is not given has no bound")
    limit.add_argument("prefix", help="the first characters, as `list` shows them")
    _add_quota(limit)
    limit.set_defaults(command=_limit)
    actions.add_parser("list", help="list keys").set_defaults(command=_list)
    revoke = actions.add_parser("revoke", help="end a key")
    revoke.add_argument("prefix", help="the first characters, as `list` shows them")
    revoke.set_defaults(command=_revoke)
    for action in actions.choices.values():
        add_settings(action, ("data", "state"))


def _add_quota(parser: Any) -> None:
    for name, meaning in _QUOTA.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=meaning)


def _create(settings: Settings, options: Mapping[str, Any]) -> int:
    with _keys(settings) as keys:
        print(keys.create(options["project"], Scope(options["scope"]), quota=_quota(options)))
    return 0


def _limit(settings: Settings, options: Mapping[str, Any]) -> int:
    with _keys(settings) as keys:
        keys.limit(options["prefix"], _quota(options))
    return 0


def _quota(options: Mapping[str, Any]) -> Quota:
    from spanhouse_collector.api.quotas import Quota

    return Quota(**{name: options[name] for name in _QUOTA if options[name] is not None})


def _told(quota: Quota) -> str:
    bounds = [
        f"{value} {name.removesuffix('_per_s')}/s" for name in _QUOTA if name != "burst_s" and (value := getattr(quota, name))
    ]
    return ", ".join(bounds) or "no quota"


def _list(settings: Settings, _options: Mapping[str, Any]) -> int:
    with _keys(settings) as keys:
        found = keys.list()
    for key in found:
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        print(f"{key.prefix}…  {key.project:<20} {key.scope.value:<7} {key.created_at:%Y-%m-%d}  {ended}  {_told(key.quota)}")
    return 0


def _revoke(settings: Settings, options: Mapping[str, Any]) -> int:
    with _keys(settings) as keys:
        keys.revoke(options["prefix"])
    return 0


@contextmanager
def _keys(settings: Settings) -> Iterator[Keys]:
    from spanhouse_collector.api.keys import Keys
    from spanhouse_collector.storage import State

    settings.data.mkdir(parents=True, exist_ok=True)
    state = State(settings.state_url)
    try:
        state.create_tables()
        yield Keys(state)
    finally:
        state.close()

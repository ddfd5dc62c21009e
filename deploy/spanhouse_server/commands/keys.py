"""`spanhouse keys`: makes, lists and revokes keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from spanhouse_collector.model import DEFAULT_PROJECT, Scope
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_collector.api.keys import Keys


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "keys", help="make, list and revoke keys", description="Keys say which project a sender belongs to."
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
    create.set_defaults(command=_create)
    actions.add_parser("list", help="list keys").set_defaults(command=_list)
    revoke = actions.add_parser("revoke", help="end a key")
    revoke.add_argument("prefix", help="the first characters, as `list` shows them")
    revoke.set_defaults(command=_revoke)
    for action in actions.choices.values():
        add_settings(action, ("data", "state"))


def _create(settings: Settings, options: Mapping[str, Any]) -> int:
    print(_keys(settings).create(options["project"], Scope(options["scope"])))
    return 0


def _list(settings: Settings, _options: Mapping[str, Any]) -> int:
    for key in _keys(settings).list():
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        print(f"{key.prefix}…  {key.project:<20} {key.scope.value:<7} {key.created_at:%Y-%m-%d}  {ended}")
    return 0


def _revoke(settings: Settings, options: Mapping[str, Any]) -> int:
    _keys(settings).revoke(options["prefix"])
    return 0


def _keys(settings: Settings) -> Keys:
    from spanhouse_collector.api.keys import Keys
    from spanhouse_collector.storage import State

    settings.data.mkdir(parents=True, exist_ok=True)
    state = State(settings.state_url)
    state.create_tables()
    return Keys(state)

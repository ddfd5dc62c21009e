"""Settings of the service: command line first, then SPANHOUSE_* in the environment, then defaults; read here alone.

Everything is checked at start. A name that is no setting is an error, so that a slip of the pen does not pass unnoticed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from spanhouse_collector.api.local import is_loopback
from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.settings import MIB, DoorSettings, GatewaySettings, InserterSettings, JournalSettings

_PREFIX = "SPANHOUSE_"
#: Where the data lies unless told otherwise, under the folder the command runs in.
DATA = Path("spanhouse-data")
#: The roles of a process; `serve` runs all unless told otherwise.
ROLES = ("collector", "evaluators", "console")
# The SDK's settings share the prefix and may stand in the same environment; they are not ours to judge.
_SDK_NAMES = frozenset({"ENDPOINT", "API_KEY", "SERVICE_NAME", "RELEASE", "ENVIRONMENT", "CAPTURE_CONTENT", "SAMPLE_RATE"})
# Scheme, host and port, as a browser writes it; neither a path nor a pattern.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process of the service. Each field is an option of `serve` (--http-port) and a variable (SPANHOUSE_HTTP_PORT)."""

    data: Annotated[Path, "folder of the journal, the embedded store and the state database"] = DATA
    store: Annotated[str, "chdb://PATH or http(s)://user:password@host:port; empty: embedded, in the data folder"] = ""
    state: Annotated[str, "SQLAlchemy URL of the state database; empty: SQLite in the data folder"] = ""
    database: Annotated[str, "database in the store"] = "spanhouse"
    cluster: Annotated[str, "ClickHouse cluster whose nodes are replicas of each other, the store being one; empty: none"] = ""
    host: Annotated[str, "address to listen on; anything but loopback needs a key first"] = "127.0.0.1"
    http_port: Annotated[int, "OTLP/HTTP, API and console; 0 takes a free port"] = 4318
    grpc_port: Annotated[int, "OTLP/gRPC; 0 takes a free port"] = 4317
    clickhouse_port: Annotated[int, "read-only ClickHouse HTTP over the embedded store; 0 takes a free port"] = 8123
    role: Annotated[str, "roles of this process, separated by commas"] = "collector,evaluators,console"
    instance: Annotated[str, "name of this collector, unlike any other's on one store; empty: one kept in the data folder"] = ""
    max_body_mib: Annotated[int, "largest request in MiB, also after decompression"] = 64
    max_backlog_mib: Annotated[int, "MiB that wait for the store before ingest answers 503"] = 2048
    max_backlog_hours: Annotated[int, "hours that the oldest request waits for the store before ingest answers 503"] = 24
    query_max_s: Annotated[int, "longest time of one statement on the ClickHouse port, in seconds"] = 60
    query_max_memory_mib: Annotated[int, "most memory in MiB of one statement on the ClickHouse port"] = 2048
    query_max_running: Annotated[int, "statements on the ClickHouse port that run at one time; more of them wait"] = 4
    evaluators: Annotated[str, "file of evaluators (TOML); empty: those that come along"] = ""
    rules: Annotated[str, "file of alert rules (YAML); empty: those that come along"] = ""
    alert_webhook: Annotated[str, "URL that alerts are posted to when they fire and when they resolve"] = ""
    public_url: Annotated[str, "address under which people reach the console, for links in alerts"] = ""
    grafana_url: Annotated[
        str, "address of the Grafana that has the dashboards, for links from the console's panels; empty: none"
    ] = ""
    cors_origins: Annotated[str, "origins of pages that may send OTLP from a browser, separated by commas; empty: none"] = ""
    redaction: Annotated[str, "file of redaction rules (YAML); empty: secrets are masked, nothing else"] = ""
    log_level: Annotated[str, "debug, info, warning or error"] = "warning"

    @property
    def roles(self) -> frozenset[str]:
        """The roles as a set."""
        return frozenset(part.strip() for part in self.role.split(",") if part.strip())

    @property
    def origins(self) -> frozenset[str]:
        """The origins of pages that may send, as a set."""
        return frozenset(part.strip().lower() for part in self.cors_origins.split(",") if part.strip())

    @property
    def store_url(self) -> str:
        """The store, with the default filled in."""
        return self.store or f"chdb://{(self.data / 'store').resolve()}"

    @property
    def state_url(self) -> str:
        """The state database, with the default filled in."""
        return self.state or f"sqlite:///{(self.data / 'state.db').resolve()}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    def door(self) -> DoorSettings:
        """Limits on one request."""
        return DoorSettings(max_body_bytes=self.max_body_mib * MIB)

    def journal(self, signal: str) -> JournalSettings:
        """The journal of a signal."""
        return JournalSettings(
            directory=(self.data / "journal" / signal).resolve(),
            max_backlog_bytes=self.max_backlog_mib * MIB,
            max_backlog_age_s=self.max_backlog_hours * 3600.0,
        )

    def gateway(self) -> GatewaySettings:
        """Limits of the ClickHouse interface."""
        return GatewaySettings(
            max_execution_s=self.query_max_s,
            max_memory_bytes=self.query_max_memory_mib * MIB,
            max_running=self.query_max_running,
        )

    def inserter(self) -> InserterSettings:
        """How journals are emptied."""
        return InserterSettings(instance=self.instance)


def descriptions() -> dict[str, str]:
    """What each setting means, by name, in the order of the class."""
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(Settings, include_extras=True).items()}


def read(options: Mapping[str, Any]) -> Settings:
    """The settings from command-line options (None: not given) and the environment. Raises InvalidSettings."""
    environment = {name.removeprefix(_PREFIX): value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    known = {setting.name.upper(): setting for setting in fields(Settings)}
    unknown = sorted(environment.keys() - known.keys() - _SDK_NAMES)
    if unknown:
        raise InvalidSettings(f"{_PREFIX}{unknown[0]} is no setting; `spanhouse serve --help` lists them")
    values: dict[str, Any] = {}
    for name, setting in known.items():
        given = options.get(setting.name)
        text = environment.get(name) if given is None else given
        if text is not None:
            values[setting.name] = _convert(setting.name, text, setting.default)
    return _checked(Settings(**values))


def _convert(name: str, value: Any, default: Any) -> Any:
    if isinstance(value, type(default)):
        return value
    if isinstance(default, Path):
        return Path(str(value))
    try:
        return type(default)(value)
    except ValueError:
        raise InvalidSettings(f"{name} is {value!r}; give a whole number") from None


def _checked(settings: Settings) -> Settings:
    for name in ("http_port", "grpc_port", "clickhouse_port"):
        port = getattr(settings, name)
        if not 0 <= port <= 65535:
            raise InvalidSettings(f"{name} is {port}; give a port from 0 (any free one) to 65535")
    for name in (name for name in descriptions() if name.startswith(("max_", "query_max_"))):
        if getattr(settings, name) < 1:
            raise InvalidSettings(f"{name} is {getattr(settings, name)}; give at least 1")
    unreadable = sorted(set(str(settings.data.resolve())) & set("*?{}'\\"))
    if unreadable:
        raise InvalidSettings(
            f"data is {str(settings.data)!r}; the engine takes {unreadable[0]} for a pattern, name another folder"
        )
    strange = sorted(settings.roles - set(ROLES))
    if strange or not settings.roles:
        raise InvalidSettings(f"role is {settings.role!r}; give one or more of {', '.join(ROLES)}")
    if settings.store_url.startswith("chdb://") and settings.roles != set(ROLES):
        raise InvalidSettings(
            f"role is {settings.role!r}; the embedded store belongs to one process, so run all roles or set --store"
        )
    _check_origins(settings.origins)
    if settings.grafana_url and not settings.grafana_url.startswith(("http://", "https://")):
        raise InvalidSettings(f"grafana_url is {settings.grafana_url!r}; give an address that starts with http:// or https://")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise InvalidSettings(f"log_level is {settings.log_level!r}; give debug, info, warning or error")
    return settings


def _check_origins(origins: frozenset[str]) -> None:
    for origin in sorted(origins):
        if not _ORIGIN.fullmatch(origin):
            raise InvalidSettings(f"cors_origins has {origin!r}; give origins like https://app.example.org, each by itself")

"""What has to be known about a Grafana and about where it finds Spanhouse. Must not know what is put there."""

from __future__ import annotations

from dataclasses import dataclass, field

from spanhouse_dashboards.alerts import RuleBook, load_rules

FOLDER_UID = "spanhouse"
FOLDER_TITLE = "Spanhouse"
DATASOURCE_UID = "spanhouse-clickhouse"
DATASOURCE_NAME = "Spanhouse"
DATASOURCE_TYPE = "grafana-clickhouse-datasource"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaOptions:
    """Where Grafana finds the store and the console, and which rules it gets.

    `host` and `port` are those of the store's HTTP interface as Grafana sees it; `password` may be a reference to Grafana's
    own environment (`$NAME`) in files. Rules are written for one `project`, because alert queries have no variables.
    """

    host: str = "127.0.0.1"
    port: int = 8123
    database: str = "spanhouse"
    username: str = "default"
    password: str = field(default="", repr=False)
    is_secure: bool = False
    console_url: str = "http://127.0.0.1:4318"
    project: str = "default"
    book: RuleBook = field(default_factory=load_rules)

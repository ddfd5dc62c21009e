"""The ClickHouse data source, as Grafana's API and provisioning files name its parts."""

from __future__ import annotations

from typing import Any

from spanhouse_dashboards.grafana.options import DATASOURCE_NAME, DATASOURCE_TYPE, DATASOURCE_UID, GrafanaOptions


def datasource(options: GrafanaOptions) -> dict[str, Any]:
    """The data source; traces and logs in Explore read the views with the exporter's columns."""
    explored = {"otelEnabled": True, "otelVersion": "latest", "defaultDatabase": options.database}
    settings: dict[str, Any] = {
        "host": options.host,
        "port": options.port,
        "protocol": "http",
        "secure": options.is_secure,
        "username": options.username,
        "defaultDatabase": options.database,
        "traces": {**explored, "defaultTable": "otel_traces", "traceTimestampTableSuffix": "_trace_id_ts"},
        "logs": {**explored, "defaultTable": "otel_logs"},
    }
    found: dict[str, Any] = {
        "name": DATASOURCE_NAME,
        "uid": DATASOURCE_UID,
        "type": DATASOURCE_TYPE,
        "access": "proxy",
        "jsonData": settings,
    }
    return {**found, "secureJsonData": {"password": options.password}} if options.password else found

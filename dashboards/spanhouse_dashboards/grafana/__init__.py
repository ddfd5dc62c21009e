"""Grafana's form of the panels and rules: built, written as files, and pushed."""

from spanhouse_dashboards.grafana.files import write_provisioning
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.grafana.push import Change, GrafanaTarget, push

__all__ = ["Change", "GrafanaOptions", "GrafanaTarget", "push", "write_provisioning"]

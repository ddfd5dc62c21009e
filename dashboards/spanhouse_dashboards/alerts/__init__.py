"""Alert rules: written once as data, evaluated by Grafana or by the built-in alerter, with the same verdict."""

from spanhouse_dashboards.alerts.alerter import Alerter
from spanhouse_dashboards.alerts.load import load_rules, parse_rules
from spanhouse_dashboards.alerts.model import Contact, Rule, RuleBook
from spanhouse_dashboards.alerts.replay import replay
from spanhouse_dashboards.alerts.silences import Silence, add_silence, end_silence, silences

__all__ = [
    "Alerter",
    "Contact",
    "Rule",
    "RuleBook",
    "Silence",
    "add_silence",
    "end_silence",
    "load_rules",
    "parse_rules",
    "replay",
    "silences",
]

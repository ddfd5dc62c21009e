"""Reads a file of alert rules (`alerts.yaml`) and says in one sentence what is wrong with it. Must not know any store."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml

from spanhouse_collector.errors import InvalidSettings
from spanhouse_dashboards.alerts.model import SQL_PACKAGE, Comparison, Contact, NoData, Reduce, Rule, RuleBook, Slo
from spanhouse_dashboards.panels import PANELS

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MAX_DURATION_S = 90 * 86400
# Grafana puts ids into addresses and takes at most 40 characters.
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Reader = Callable[[str, Any], Any]


def load_rules(path: Path | None = None) -> RuleBook:
    """The rules of a file, or those that come along. Raises InvalidSettings with one sentence that says where it is wrong."""
    if path is None:
        return parse_rules(files("spanhouse_dashboards.alerts").joinpath("alerts.yaml").read_text(encoding="utf-8"))
    try:
        return parse_rules(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidSettings(f"the alert rules {str(path)!r} cannot be read: {error.strerror}; name another file") from error


def parse_rules(text: str) -> RuleBook:
    """The rules in a YAML text; see load_rules."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidSettings(f"the alert rules are not YAML: {' '.join(str(error).split())}; correct the file") from error
    where = "the alert rules"
    found = _mapping(where, document)
    _refuse_unknown(where, found, {"interval", "rules", "contacts"})
    book = RuleBook(
        interval_s=_duration(f"{where}: interval", found.get("interval", "1m")),
        rules=tuple(_rule(number, rule) for number, rule in enumerate(_list(f"{where}: rules", found.get("rules", [])), 1)),
        contacts=tuple(_contact(one) for one in _list(f"{where}: contacts", found.get("contacts", []))),
    )
    _check_book(book)
    return book


def _rule(number: int, document: Any) -> Rule:
    found = _mapping(f"rule {number}", document)
    where = f"rule {found.get('id', number)!r}"
    _refuse_unknown(where, found, set(_FIELDS))
    lacking = sorted(_REQUIRED - set(found))
    if lacking:
        raise InvalidSettings(f"{where} has no {lacking[0]!r}; add it")
    values = {_FIELDS[key][0]: _FIELDS[key][1](f"{where}: {key}", value) for key, value in found.items()}
    return Rule(**values)


def _slo(where: str, value: Any) -> Slo:
    found = _mapping(where, value)
    _refuse_unknown(where, found, {"objective", "short_window"})
    objective = _number(f"{where}: objective", found.get("objective"))
    if not 0 < objective < 1:
        raise InvalidSettings(f"{where}: objective is {objective:g}; give the share of good events, between 0 and 1")
    return Slo(objective=objective, short_window_s=_positive_duration(f"{where}: short_window", found.get("short_window")))


def _check_slo(rule: Rule, slo: Slo) -> None:
    """Refuses a burn rate rule that could never fire."""
    if rule.comparison != "above":
        raise InvalidSettings(f"rule {rule.id!r}: comparison is {rule.comparison!r}; a burn rate is compared with above")
    if rule.threshold >= slo.highest_burn_rate:
        raise InvalidSettings(
            f"rule {rule.id!r} cannot fire: with an objective of {slo.objective:g} the burn rate is at most "
            f"{slo.highest_burn_rate:.4g}, and the threshold is {rule.threshold:g}; lower it or raise the objective"
        )
    if slo.short_window_s >= rule.window_s:
        raise InvalidSettings(f"rule {rule.id!r}: slo: short_window is not shorter than window; shorten it")


def _contact(document: Any) -> Contact:
    found = _mapping("contact", document)
    where = f"contact {found.get('name', '')!r}"
    _refuse_unknown(where, found, {"name", "webhook"})
    url = _text(f"{where}: webhook", found.get("webhook"))
    if not url.startswith(("http://", "https://")):
        raise InvalidSettings(f"{where}: webhook is {url!r}; give an address that starts with http:// or https://")
    return Contact(name=_id(f"{where}: name", found.get("name")), webhook_url=url)


def _check_book(book: RuleBook) -> None:
    for kind, names in (("rule", [rule.id for rule in book.rules]), ("contact", [one.name for one in book.contacts])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidSettings(f"{kind} {twice[0]!r} is there twice; rename one")
    known = {contact.name for contact in book.contacts}
    for rule in book.rules:
        if rule.slo:
            _check_slo(rule, rule.slo)
        if rule.contact and rule.contact not in known:
            raise InvalidSettings(f"rule {rule.id!r} tells {rule.contact!r}, who is not among the contacts; add that contact")


def _refuse_unknown(where: str, found: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise InvalidSettings(f"{where} has the unknown key {unknown[0]!r}; use one of {', '.join(sorted(known))}")


def _mapping(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidSettings(f"{where} is {value!r}; give keys with values")
    return value


def _list(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidSettings(f"{where} is {value!r}; give a list")
    return value


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidSettings(f"{where} is {value!r}; give a text")
    return value.strip()


def _id(where: str, value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidSettings(f"{where} is {value!r}; use up to 40 small letters, digits and hyphens")
    return value


def _number(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        raise InvalidSettings(f"{where} is {value!r}; give a number")
    return float(value)


def _count(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSettings(f"{where} is {value!r}; give a whole number of at least 1")
    return value


def _flag(where: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSettings(f"{where} is {value!r}; give true or false")
    return value


def _duration(where: str, value: Any) -> int:
    """Seconds of `30s`, `5m`, `2h`, `1d` or `0s`, at most 90 days."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", value) if isinstance(value, str) else None
    seconds = int(match.group(1)) * _UNITS_S[match.group(2)] if match else _MAX_DURATION_S + 1
    if seconds > _MAX_DURATION_S:
        raise InvalidSettings(f"{where} is {value!r}; give a duration such as 30s, 5m or 2h, at most 90d")
    return seconds


def _positive_duration(where: str, value: Any) -> int:
    seconds = _duration(where, value)
    if seconds == 0:
        raise InvalidSettings(f"{where} is {value!r}; give a duration longer than nothing")
    return seconds


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(where: str, value: Any) -> str:
        if value not in choices:
            raise InvalidSettings(f"{where} is {value!r}; use one of {', '.join(choices)}")
        return str(value)

    return read


def _texts(where: str, value: Any) -> dict[str, str]:
    return {key: _text(f"{where}: {key}", one) for key, one in _mapping(where, value).items()}


def _variables(where: str, value: Any) -> dict[str, Any]:
    """Each variable is a text, a number or a list of texts."""
    found: dict[str, Any] = {}
    for key, one in _mapping(where, value).items():
        if isinstance(one, list):
            found[key] = [_text(f"{where}: {key}", text) for text in one]
        else:
            found[key] = _text(f"{where}: {key}", one) if isinstance(one, str) else _number(f"{where}: {key}", one)
    return found


def _sql(where: str, value: Any) -> str:
    name = _text(where, value)
    known = sorted(entry.name.removesuffix(".sql") for entry in files(SQL_PACKAGE).iterdir() if entry.name.endswith(".sql"))
    return str(_one_of(tuple(known))(where, name))


_FIELDS: dict[str, tuple[str, Reader]] = {
    "id": ("id", _id),
    "title": ("title", _text),
    "description": ("description", _text),
    "sql": ("sql", _sql),
    "comparison": ("comparison", _one_of(get_args(Comparison))),
    "threshold": ("threshold", _number),
    "unit": ("unit", _text),
    "panel": ("panel", _one_of(tuple(panel.id for panel in PANELS))),
    "severity": ("severity", _one_of(("info", "warning", "critical"))),
    "reduce": ("reduce", _one_of(get_args(Reduce))),
    "series": ("is_series", _flag),
    "window": ("window_s", _positive_duration),
    "delay": ("delay_s", _duration),
    "for": ("for_s", _duration),
    "keep_firing": ("keep_firing_s", _duration),
    "minimum_sample": ("minimum_sample", _count),
    "no_data": ("no_data", _one_of(get_args(NoData))),
    "contact": ("contact", _id),
    "runbook": ("runbook", _text),
    "labels": ("labels", _texts),
    "variables": ("variables", _variables),
    "slo": ("slo", _slo),
}
_REQUIRED = {"id", "title", "description", "sql", "comparison", "threshold", "unit", "panel"}

"""The redaction file: YAML, options by OpenTelemetry's names, checked whole when it is read; projects override single options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.redaction.detectors import GROUPS
from spanhouse_collector.redaction.patterns import Pattern
from spanhouse_collector.redaction.redactor import Redactor
from spanhouse_collector.redaction.rules import Hash, Rules, Summary

_PROJECTS = "projects"
_EXPRESSIONS = ("ignored_key_patterns", "blocked_key_patterns", "blocked_values", "allowed_values")
_CHOICES: dict[str, tuple[str, ...]] = {"hash_function": get_args(Hash), "summary": get_args(Summary)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The rules of every project: those of `projects`, and one set for all others."""

    rules: Rules = field(default_factory=Rules)
    projects: Mapping[str, Rules] = field(default_factory=dict)


class Redaction:
    """The redactor of each project. `count` is told the rule of everything that was masked."""

    def __init__(self, configuration: Configuration, *, count: Callable[[str], None]) -> None:
        self._common = Redactor(configuration.rules, count=count)
        self._own = {project: Redactor(rules, count=count) for project, rules in configuration.projects.items()}

    def of(self, project: str) -> Redactor:
        """The redactor of a project."""
        return self._own.get(project, self._common)


def read(path: Path) -> Configuration:
    """The configuration in a file. Raises InvalidSettings with the option that is wrong."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidSettings(f"the redaction file {str(path)!r} cannot be read ({error}); give a YAML file") from None
    try:
        return parse(data or {})
    except InvalidSettings as error:
        raise InvalidSettings(f"the redaction file {str(path)!r}: {error}") from None


def parse(data: Any) -> Configuration:
    """The configuration from plain values. Raises InvalidSettings with the option that is wrong."""
    options = _mapping(data, "the file")
    projects = _mapping(options.pop(_PROJECTS, None) or {}, _PROJECTS)
    common = _rules(Rules(), options, "")
    return Configuration(
        rules=common,
        projects={
            str(name): _rules(common, _mapping(own, f"{_PROJECTS}.{name}"), f"{_PROJECTS}.{name}.")
            for name, own in projects.items()
        },
    )


def _mapping(value: Any, place: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise InvalidSettings(f"{place} is {value!r}; give options and their values")
    return dict(value)


def _rules(base: Rules, options: Mapping[Any, Any], place: str) -> Rules:
    known = {option.name: getattr(base, option.name) for option in fields(Rules)}
    for name, value in options.items():
        if name not in known:
            raise InvalidSettings(f"{place}{name} is no option; give any of {', '.join(known)}")
        known[name] = _value(f"{place}{name}", value, known[name])
        _check(f"{place}{name}", str(name), known[name])
    rules = replace(base, **known)
    if rules.hash_function.startswith("hmac") and not rules.hmac_key:
        raise InvalidSettings(f"{place}hash_function is {rules.hash_function!r} and there is no hmac_key; give one")
    return rules


def _value(place: str, value: Any, before: Any) -> Any:
    """The value as the type the option has."""
    if isinstance(before, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise InvalidSettings(f"{place} is {value!r}; give a list of texts")
        return tuple(value)
    if not isinstance(value, type(before)):
        kind = "true or false" if isinstance(before, bool) else "a text"
        raise InvalidSettings(f"{place} is {value!r}; give {kind}")
    return value


def _check(place: str, name: str, value: Any) -> None:
    if name in _CHOICES and value not in _CHOICES[name]:
        raise InvalidSettings(f"{place} is {value!r}; give one of {', '.join(filter(None, _CHOICES[name]))}")
    if name == "detectors":
        names = {*GROUPS, *frozenset[str]().union(*GROUPS.values())}
        strange = sorted(set(value) - names)
        if strange:
            raise InvalidSettings(f"{place} holds {strange[0]!r}; give any of {', '.join(sorted(names))}")
    if name in _EXPRESSIONS:
        for expression in value:
            try:
                Pattern(expression)
            except InvalidSettings as error:
                raise InvalidSettings(f"{place}: {error}") from None

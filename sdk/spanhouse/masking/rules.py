"""What is to be masked, as it is configured: the option names of OpenTelemetry's redaction processor, checked when read.

A file may serve the SDK and the collector alike when it is written in JSON, which is YAML too. Knows no texts yet.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from spanhouse.masking.detectors import GROUPS

HASHES: Final = ("", "md5", "sha1", "sha3", "hmac-sha256", "hmac-sha512")
SUMMARIES: Final = ("silent", "info", "debug")
_OF_THE_COLLECTOR: Final = "projects"  # rules of its projects; this process has one set
_EXPRESSIONS: Final = ("ignored_key_patterns", "blocked_key_patterns", "blocked_values", "allowed_values")


class InvalidRulesError(ValueError):
    """Rules that cannot be used; the message says which option, its value, and what to write instead. Permanent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All but ``detectors`` and ``hmac_key`` are named as in OpenTelemetry's redaction processor.

    ``detectors``: names of detectors, or of groups of them: secrets, personal.
    ``allow_all_keys``: False leaves out every attribute whose key is neither in ``allowed_keys`` nor ignored.
    ``ignored_keys``, ``ignored_key_patterns``: attributes that are sent as they are.
    ``blocked_key_patterns``: attributes, and members of objects in JSON, whose whole value is masked.
    ``blocked_values``: expressions; what they find in a value is masked. ``allowed_values`` keep what they match whole.
    ``redact_all_types``: looks into numbers too; one in which something is found becomes text.
    ``hash_function``, ``hmac_key``: what stands in the mark besides the rule's name, so that equal values can be told.
    ``summary``: attributes that say what was done: silent, info (counts), debug (counts and keys).
    """

    detectors: tuple[str, ...] = ("secrets",)
    allow_all_keys: bool = True
    allowed_keys: tuple[str, ...] = ()
    ignored_keys: tuple[str, ...] = ()
    ignored_key_patterns: tuple[str, ...] = ()
    blocked_key_patterns: tuple[str, ...] = ()
    blocked_values: tuple[str, ...] = ()
    allowed_values: tuple[str, ...] = ()
    redact_all_types: bool = False
    hash_function: str = ""
    hmac_key: str = ""
    summary: str = "silent"


def read(source: Mapping[str, Any] | str | Path) -> Rules:
    """Rules from options, or from a JSON file. Raises InvalidRulesError with the option that is wrong."""
    if isinstance(source, Mapping):
        return _rules(source)
    try:
        options = json.loads(Path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRulesError(f"the rules in {str(source)!r} cannot be read ({error}); give a JSON file") from None
    if not isinstance(options, dict):
        raise InvalidRulesError(f"the rules in {str(source)!r} are {type(options).__name__}; give options and their values")
    return _rules(options)


def expression(pattern: str) -> re.Pattern[str]:
    """A pattern in the syntax of RE2, which the collector reads. Raises InvalidRulesError."""
    try:
        compiled = re.compile(pattern.replace(r"\z", r"\Z").replace(r"\pL", r"[^\W\d_]"))
    except re.error as error:
        raise InvalidRulesError(f"{pattern!r} is no regular expression ({error}); write it in RE2's syntax") from None
    if compiled.fullmatch(""):
        raise InvalidRulesError(f"{pattern!r} matches the empty text; write what it shall find")
    return compiled


def _rules(options: Mapping[str, Any]) -> Rules:
    usual = {option.name: option.default for option in fields(Rules)}
    given: dict[str, Any] = {}
    for name, value in options.items():
        if name == _OF_THE_COLLECTOR:
            continue
        if name not in usual:
            raise InvalidRulesError(f"{name} is no option; give any of {', '.join(usual)}")
        given[name] = _value(name, value, usual[name])
    rules = Rules(**given)
    _check(rules)
    return rules


def _value(name: str, value: Any, usual: Any) -> Any:
    if isinstance(usual, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            raise InvalidRulesError(f"{name} is {value!r}; give a list of texts")
        return tuple(value)
    if not isinstance(value, type(usual)):
        raise InvalidRulesError(f"{name} is {value!r}; give {'true or false' if isinstance(usual, bool) else 'a text'}")
    return value


def _check(rules: Rules) -> None:
    names = {*GROUPS, *(name for group in GROUPS.values() for name in group)}
    if strange := sorted(set(rules.detectors) - names):
        raise InvalidRulesError(f"detectors holds {strange[0]!r}; give any of {', '.join(sorted(names))}")
    for name, known in (("hash_function", HASHES), ("summary", SUMMARIES)):
        if getattr(rules, name) not in known:
            raise InvalidRulesError(f"{name} is {getattr(rules, name)!r}; give one of {', '.join(filter(None, known))}")
    if rules.hash_function.startswith("hmac") and not rules.hmac_key:
        raise InvalidRulesError(f"hash_function is {rules.hash_function!r} and there is no hmac_key; give one")
    for name in _EXPRESSIONS:
        for pattern in getattr(rules, name):
            expression(pattern)

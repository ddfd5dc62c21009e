"""Applies the rules to texts and attributes, and puts a visible mark where something stood. JSON stays JSON.

Fails closed: what cannot be read is not sent. Knows no spans.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from opentelemetry.util.types import AnyValue

from spanhouse import faults
from spanhouse.masking.detectors import CREDENTIAL, CREDENTIAL_KEYS
from spanhouse.masking.findings import Finder, detector_names
from spanhouse.masking.rules import Rules, expression

BLOCKED_KEY: Final = "blocked_key"
UNPROCESSED: Final = "unprocessed"
_MOST_LEVELS: Final = 12  # JSON in JSON; every level doubles the backslashes, so nobody means more
# Long stretches at a time: one character after the other, ten times as long, holds the application's threads.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NUMBER: Final = re.compile(r"-?[0-9][0-9.eE+-]*")
_COLON: Final = re.compile(r"\s*:\s*")
_DECODER: Final = json.JSONDecoder()


class Masker:
    """Masks by rules. Used by the sending threads."""

    def __init__(self, rules: Rules) -> None:
        self._finder = Finder(rules)
        self._hash = _hasher(rules)
        self._ignored_keys = frozenset(rules.ignored_keys)
        self._ignored = [expression(pattern) for pattern in rules.ignored_key_patterns]
        self._blocked = [expression(pattern) for pattern in rules.blocked_key_patterns]
        self._credentials = [re.compile(CREDENTIAL_KEYS, re.ASCII)] if CREDENTIAL in detector_names(rules) else []
        self._known = None if rules.allow_all_keys else frozenset(rules.allowed_keys)
        self._masks_numbers = rules.redact_all_types
        self._summary = rules.summary

    def attributes(self, attributes: Mapping[str, AnyValue]) -> dict[str, AnyValue]:
        """The attributes as they may leave, with what the summary asks for."""
        leaving: dict[str, AnyValue] = {}
        done: dict[str, list[str]] = {"masked": [], "redacted": [], "ignored": []}
        for key, value in attributes.items():
            if self._ignores(key):
                done["ignored"].append(key)
                leaving[key] = value
            elif self._known is not None and key not in self._known:
                done["redacted"].append(key)
            else:
                name, masked = self.text(key), self._value(key, value)
                leaving[name] = masked
                if (name, masked) != (key, value):
                    done["masked"].append(key)
        if self._summary != "silent":
            leaving.update(_told(done, with_keys=self._summary == "debug"))
        return leaving

    def name(self, name: str) -> str:
        """A span's or an event's name as it may leave."""
        return self.text(name)

    def status(self, description: str) -> str:
        """A status's description as it may leave."""
        return self.text(description)

    def trace_state(self, pair: str) -> str:
        """One ``key=value`` of a trace state as it may leave."""
        return self.text(pair)

    def text(self, text: str) -> str:
        """The text with a mark in place of everything found. Never raises."""
        try:
            return self._rewritten(text, 0)
        except Exception as error:  # noqa: BLE001 - fails closed: whatever goes wrong, the text is not sent
            faults.record("mask", error)
            return self._mark(UNPROCESSED, "")

    def _value(self, key: str, value: AnyValue) -> AnyValue:
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        if self._blocks(key, isinstance(value, str | bytes) or is_list):
            return value if value == "" else self._mark(self._rule_of(key), _only_text(value))
        return self._inner(value)

    def _inner(self, value: AnyValue) -> AnyValue:
        match value:
            case str():
                return self.text(value)
            case bytes():
                return self.text(value.decode("latin-1")).encode("latin-1")
            case Mapping():
                return {self.text(key): self._value(key, item) for key, item in value.items()}
            case Sequence():
                return [self._inner(item) for item in value]
            case int() | float() if self._masks_numbers and not isinstance(value, bool):
                text = str(value)
                masked = self.text(text)
                return value if masked == text else masked
        return value

    def _rewritten(self, text: str, level: int) -> str:
        if level > _MOST_LEVELS:
            raise ValueError("JSON is nested too deeply")
        if _is_json(text):
            return self._json(text, level)
        out, position = [], 0
        for finding in self._finder.find(text):
            out += [text[position : finding.start], self._mark(finding.rule, text[finding.start : finding.end])]
            position = finding.end
        return "".join((*out, text[position:])) if out else text

    def _json(self, text: str, level: int) -> str:
        """JSON with its texts and numbers rewritten one by one; what does not change stays as it was written."""
        out: list[str] = []
        position = 0
        while match := _STRING.search(text, position):
            out += [self._numbers(text[position : match.start()], level), self._string(match[0], level)]
            position = match.end()
            colon = _COLON.match(text, position)
            if colon is None:
                continue
            out.append(colon[0])
            position = colon.end()
            key = json.loads(match[0])
            if not self._ignores(key) and self._blocks(key, text[position] in '"['):
                _, end = _DECODER.raw_decode(text, position)
                value = text[position:end]
                out.append(value if value == '""' else json.dumps(self._mark(self._rule_of(key), value)))
                position = end
        return "".join((*out, self._numbers(text[position:], level)))

    def _string(self, literal: str, level: int) -> str:
        before = json.loads(literal)
        after = self._rewritten(before, level + 1)
        if after == before:
            return literal
        return json.dumps(after, ensure_ascii=literal.isascii() or "\\u" in literal)

    def _numbers(self, between: str, level: int) -> str:
        """What stands between texts: a number in which something is found becomes a text."""

        def rewritten(match: re.Match[str]) -> str:
            after = self._rewritten(match[0], level + 1)
            return match[0] if after == match[0] else json.dumps(after)

        return _NUMBER.sub(rewritten, between)

    def _ignores(self, key: str) -> bool:
        return key in self._ignored_keys or any(pattern.search(key) for pattern in self._ignored)

    def _blocks(self, key: str, is_text: bool) -> bool:
        return any(pattern.search(key) for pattern in self._blocked) or (
            is_text and any(pattern.search(key) for pattern in self._credentials)
        )

    def _rule_of(self, key: str) -> str:
        return BLOCKED_KEY if any(pattern.search(key) for pattern in self._blocked) else CREDENTIAL

    def _mark(self, rule: str, text: str) -> str:
        return f"[redacted:{rule}:{self._hash(text)}]" if self._hash and text else f"[redacted:{rule}]"


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _only_text(value: AnyValue) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else ""


def _told(done: Mapping[str, list[str]], *, with_keys: bool) -> dict[str, AnyValue]:
    """The attributes by which OpenTelemetry's redaction processor tells its work."""
    told: dict[str, AnyValue] = {}
    for name, keys in done.items():
        if keys:
            told[f"redaction.{name}.count"] = len(keys)
            if with_keys:
                told[f"redaction.{name}.keys"] = ",".join(sorted(keys))
    return told


def _hasher(rules: Rules) -> Callable[[str], str] | None:
    """A text's hash in hexadecimal digits, by the function that the rules name; sha3 has 256 bits."""
    if not rules.hash_function:
        return None
    kind, _, algorithm = rules.hash_function.rpartition("-")
    secret = rules.hmac_key.encode()

    def hashed(text: str) -> str:
        data = text.encode("utf-8", "surrogatepass")
        if kind:
            return hmac.new(secret, data, algorithm).hexdigest()
        # A name to tell equal values by; it guards nothing.
        return hashlib.new("sha3_256" if algorithm == "sha3" else algorithm, data, usedforsecurity=False).hexdigest()

    return hashed

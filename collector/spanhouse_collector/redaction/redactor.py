"""The redactor of a project: rewrites texts by its rules, puts visible marks, counts, and keeps nothing that it cannot read."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable

from spanhouse_collector.redaction import json_text
from spanhouse_collector.redaction.budget import Budget
from spanhouse_collector.redaction.detectors import CREDENTIAL, CREDENTIAL_KEYS, CREDENTIAL_KEYS_HINT
from spanhouse_collector.redaction.findings import Finder, detector_names
from spanhouse_collector.redaction.patterns import Pattern, hint
from spanhouse_collector.redaction.rules import Rules

logger = logging.getLogger(__name__)

#: Rules that are no detectors, as they stand in marks and figures.
BLOCKED_KEY = "blocked_key"
UNPROCESSED = "unprocessed"
# JSON in JSON beyond this is dropped; every level doubles the backslashes, so nobody means it.
_MAX_DEPTH = 12
#: Most CPU time for one value, in seconds. 10 MB of JSON with a secret in them take 0.8 s.
BUDGET_S = 3.0


class Redactor:
    """Applies the rules of one project. `count` is told the rule of everything that was masked. Safe from several threads."""

    def __init__(self, rules: Rules, *, count: Callable[[str], None], budget_s: float = BUDGET_S) -> None:
        self._count = count
        self._budget_s = budget_s
        self._hash = _hasher(rules)
        self._ignored = _Keys(rules.ignored_keys, rules.ignored_key_patterns)
        self._blocked = _Keys((), rules.blocked_key_patterns)
        self._credential = _Keys((), (CREDENTIAL_KEYS,) if CREDENTIAL in detector_names(rules) else ())
        self._known = None if rules.allow_all_keys else frozenset(rules.allowed_keys)
        self.redacts_numbers = rules.redact_all_types
        self.summary = rules.summary
        of_keys = [*map(hint, rules.blocked_key_patterns), *([CREDENTIAL_KEYS_HINT] if self._credential.exist else [])]
        self._finder = Finder(rules, further_hints=of_keys)
        # Numbers do not stand in a message as text, and a list of allowed keys says nothing about what else there is.
        self._reads_all = self._known is not None or rules.redact_all_types

    def suspects(self, message: bytes) -> bool:
        """Whether a serialized message may hold anything to redact; False means that it holds nothing."""
        return self._reads_all or self._finder.may_find(message)

    def text(self, text: str) -> str:
        """The text with a mark in place of everything found. A text that cannot be processed is dropped."""
        try:
            return self._rewritten(text, budget=Budget(self._budget_s), depth=0)
        except Exception as error:  # noqa: BLE001 - fails closed: whatever goes wrong, the text is not stored
            logger.warning("value_not_redacted", extra={"error": type(error).__name__, "characters": len(text)})
            return self._mark(UNPROCESSED, "")

    def masked(self, key: str, text: str) -> str:
        """The mark in place of a whole value that is masked because of its key."""
        return self._mark(BLOCKED_KEY if self._blocked.have(key) else CREDENTIAL, text)

    def blocks(self, key: str, is_text: bool) -> bool:
        """Whether the value under a key is masked as a whole; credentials are, where they are text or a list of it."""
        return self._blocked.have(key) or (is_text and self._credential.have(key))

    def ignores(self, key: str) -> bool:
        """Whether an attribute is kept as it is."""
        return self._ignored.have(key)

    def leaves_out(self, key: str) -> bool:
        """Whether an attribute is not kept at all."""
        return self._known is not None and key not in self._known and not self.ignores(key)

    def _rewritten(self, text: str, *, budget: Budget, depth: int) -> str:
        if not self._finder.may_find(text.encode("utf-8", "surrogatepass")):
            return text
        budget.check()
        if depth > _MAX_DEPTH:
            raise ValueError(f"the value is JSON in JSON more than {_MAX_DEPTH} levels deep")
        if not json_text.is_json(text):
            return self._plain(text, budget)

        def inner(part: str) -> str:
            return self._rewritten(part, budget=budget, depth=depth + 1)

        return json_text.rewrite(text, json_text.Rewriting(text=inner, blocks=self._blocks_value, mask=self._masked_value))

    def _blocks_value(self, key: str, is_text: bool) -> bool:
        return not self.ignores(key) and self.blocks(key, is_text)

    def _masked_value(self, key: str, value: str) -> str:
        return "" if value == '""' else self.masked(key, value)

    def _plain(self, text: str, budget: Budget) -> str:
        out = []
        position = 0
        for finding in self._finder.find(text, budget):
            out += [text[position : finding.start], self._mark(finding.rule, text[finding.start : finding.end])]
            position = finding.end
        return "".join((*out, text[position:]))

    def _mark(self, rule: str, text: str) -> str:
        self._count(rule)
        return f"[redacted:{rule}:{self._hash(text)}]" if self._hash and text else f"[redacted:{rule}]"


class _Keys:
    """A set of keys, some of them told by expressions."""

    def __init__(self, keys: tuple[str, ...], expressions: tuple[str, ...]) -> None:
        self._keys = frozenset(keys)
        self._patterns = tuple(map(Pattern, expressions))
        self.exist = bool(keys or expressions)

    def have(self, key: str) -> bool:
        return self.exist and (key in self._keys or any(pattern.is_in(_encodable(key)) for pattern in self._patterns))


def _encodable(key: str) -> str:
    """The key with lone surrogates replaced."""
    return key if key.isascii() else key.encode("utf-8", "replace").decode()


def _hasher(rules: Rules) -> Callable[[str], str] | None:
    """The hash of a text in hex, by the function that the rules name."""
    if not rules.hash_function:
        return None
    secret = rules.hmac_key.encode()
    # The names are those of OpenTelemetry's processor, whose sha3 has 256 bits; none of them guards a password here.
    functions: dict[str, Callable[[bytes], str]] = {
        "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "sha3": lambda data: hashlib.sha3_256(data).hexdigest(),
        "hmac-sha256": lambda data: hmac.new(secret, data, hashlib.sha256).hexdigest(),
        "hmac-sha512": lambda data: hmac.new(secret, data, hashlib.sha512).hexdigest(),
    }
    function = functions[rules.hash_function]
    return lambda text: function(text.encode("utf-8", "surrogatepass"))

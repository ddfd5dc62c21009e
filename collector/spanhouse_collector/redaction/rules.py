"""What a project wants redacted, as it stands in the configuration. Plain values; what they mean is the redactor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hash = Literal["", "md5", "sha1", "sha3", "hmac-sha256", "hmac-sha512"]
Summary = Literal["silent", "info", "debug"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The options of one project. All but `detectors` and `hmac_key` are named as in OpenTelemetry's redaction processor."""

    #: Names of detectors, or of groups of them: `secrets`, `personal`.
    detectors: tuple[str, ...] = ("secrets",)
    #: False leaves out every attribute whose key is neither in `allowed_keys` nor ignored.
    allow_all_keys: bool = True
    allowed_keys: tuple[str, ...] = ()
    #: Attributes that are kept as they are, by key and by expression over the key.
    ignored_keys: tuple[str, ...] = ()
    ignored_key_patterns: tuple[str, ...] = ()
    #: Attributes, and members of objects in JSON, whose whole value is masked.
    blocked_key_patterns: tuple[str, ...] = ()
    #: What is masked wherever it is found in a value.
    blocked_values: tuple[str, ...] = ()
    #: What was found and matches one of these from end to end is kept.
    allowed_values: tuple[str, ...] = ()
    #: Looks into numbers too; one in which something is found becomes text.
    redact_all_types: bool = False
    #: What stands in the mark besides the rule's name, so that equal values can be told; empty: nothing.
    hash_function: Hash = ""
    hmac_key: str = ""
    #: Attributes that say what was done: none, counts, or counts and keys.
    summary: Summary = "silent"

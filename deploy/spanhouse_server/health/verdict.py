"""A verdict of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found. `sentence` says what, which value, and what to do where something is to be done."""

    check: str
    state: State
    sentence: str


def ok(check: str, sentence: str) -> Verdict:
    """All is well."""
    return Verdict(check=check, state="ok", sentence=sentence)


def warning(check: str, sentence: str) -> Verdict:
    """Works, and wants attention; or could not be looked at."""
    return Verdict(check=check, state="warning", sentence=sentence)


def failed(check: str, sentence: str) -> Verdict:
    """Does not work."""
    return Verdict(check=check, state="failed", sentence=sentence)

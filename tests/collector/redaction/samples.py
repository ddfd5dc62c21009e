"""Made-up secrets and personal data: for each detector a maker of texts that it must find, unique by the core they carry."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

_ALPHANUMERIC = string.ascii_letters + string.digits
_BASE32 = string.ascii_uppercase + "234567"


def _of(chosen: random.Random, alphabet: str, size: int) -> str:
    """Random characters, a letter and a digit among them."""
    return "".join(chosen.choices(alphabet, k=size - 2)) + "x7"


def _card(chosen: random.Random) -> str:
    digits = "4" + "".join(chosen.choices(string.digits, k=14))
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def _iban(chosen: random.Random) -> str:
    account = "".join(chosen.choices(string.digits, k=18))
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def _address(chosen: random.Random) -> str:
    return ".".join(str(chosen.randrange(130, 250)) for _ in range(4))


def _private_key(chosen: random.Random) -> str:
    lines = "\n".join(_of(chosen, _ALPHANUMERIC, 64) for _ in range(3))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"


SECRETS: dict[str, Callable[[random.Random], str]] = {
    "api_key": lambda chosen: f"sk-proj-{_of(chosen, _ALPHANUMERIC, 40)}",
    "aws_key": lambda chosen: f"AKIA{''.join(chosen.choices(_BASE32, k=16))}",
    "github_token": lambda chosen: f"ghp_{_of(chosen, _ALPHANUMERIC, 36)}",
    "slack_token": lambda chosen: f"xoxb-{_of(chosen, _ALPHANUMERIC, 24)}",
    "google_key": lambda chosen: f"AIza{_of(chosen, _ALPHANUMERIC, 35)}",
    "jwt": lambda chosen: (
        f"eyJ{_of(chosen, _ALPHANUMERIC, 20)}.eyJ{_of(chosen, _ALPHANUMERIC, 30)}.{_of(chosen, _ALPHANUMERIC, 43)}"
    ),
    "bearer": lambda chosen: f"Bearer {_of(chosen, _ALPHANUMERIC, 32)}",
    "spanhouse_key": lambda chosen: f"sph_{_of(chosen, _ALPHANUMERIC, 43)}",
    "private_key": _private_key,
}
PERSONAL: dict[str, Callable[[random.Random], str]] = {
    "email": lambda chosen: f"{_of(chosen, string.ascii_lowercase, 12)}@example.com",
    "phone": lambda chosen: f"+49 30 {chosen.randrange(10**7, 10**8)}",
    "card": _card,
    "iban": _iban,
    "ip": _address,
}
KINDS = {**SECRETS, **PERSONAL}


def core(text: str) -> str:
    """The longest stretch of letters and digits in a sample, which no way of writing it changes."""
    words = "".join(character if character.isalnum() else " " for character in text).split()
    return max(words, key=len) if max(map(len, words)) > 3 else text

"""Tells real cards, accounts, telephone numbers, addresses and tokens from characters that only look like them.

Each function takes a candidate and gives how many of its leading characters are the thing; 0 if none are.
"""

import ipaddress
import re
from typing import Final

# First digits and lengths of the card schemes (ISO/IEC 7812).
_CARD: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[68]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|"
    r"(?:50|5[6-9]|6[37])\d{10,17}"
)
# Length of an account number by country (IBAN registry).
_IBAN_CHARACTERS: Final = {
    entry[:2]: int(entry[2:])
    for entry in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 "
        "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 "
        "MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 "
        "UA29 VA22 VG24 XK20"
    ).split()
}
_PHONE_DIGITS: Final = range(8, 16)  # ITU-T E.164, country code included


def card(candidate: str) -> int:
    """A card number: a scheme's first digits and length, and Luhn's check digit."""
    digits = re.sub(r"\D", "", candidate)
    if not _CARD.fullmatch(digits):
        return 0
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return len(candidate) if sum(sum(divmod(number, 10)) for number in doubled) % 10 == 0 else 0


def iban(candidate: str) -> int:
    """An account number with its country's length and the right check digits; what follows it is left out."""
    wanted = _IBAN_CHARACTERS.get(candidate[:2], 0)
    places = [index for index, character in enumerate(candidate) if character.isalnum()]
    if not wanted or len(places) < wanted:
        return 0
    end = places[wanted - 1] + 1
    if candidate[end : end + 1].isalnum():  # a longer word that only begins like one
        return 0
    compact = "".join(candidate[place] for place in places[:wanted])
    return end if int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1 else 0


def phone(candidate: str) -> int:
    """A telephone number by its count of digits."""
    return len(candidate) if sum(character.isdigit() for character in candidate) in _PHONE_DIGITS else 0


def address(candidate: str) -> int:
    """An IP address that names somebody else's machine: not loopback, not unspecified, not a mask."""
    try:
        found = ipaddress.ip_address(candidate)
    except ValueError:
        return 0
    return 0 if found.is_loopback or found.is_unspecified or candidate.startswith("255.") else len(candidate)


def token(candidate: str) -> int:
    """A random token: letters and digits together, which names joined by hyphens hardly ever are."""
    has_digit = any(character.isdigit() for character in candidate)
    return len(candidate) if has_digit and any(character.isalpha() for character in candidate) else 0

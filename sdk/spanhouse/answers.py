"""What a receiver's answer to an export means: taken, to be tried again or refused, and what the receiver says of it.

Knows OTLP over HTTP; knows nothing of connections, spans or queues.
"""

import base64
import contextlib
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import requests

from spanhouse import content
from spanhouse.delivery import Outcome

_TRY_AGAIN: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)  # OTLP 1.11, "Failures": these and no others
_WANTS_A_KEY: Final = "; give a key that may send, by api_key or SPANHOUSE_API_KEY"
_WANTS_AN_ENDPOINT: Final = "; give the base URL of a receiver of OTLP over HTTP"
_REMEDIES: Final[dict[int, str]] = {
    HTTPStatus.UNAUTHORIZED: _WANTS_A_KEY,
    HTTPStatus.FORBIDDEN: _WANTS_A_KEY,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "; OTEL_BSP_MAX_EXPORT_BATCH_SIZE makes requests smaller",
    HTTPStatus.NOT_FOUND: _WANTS_AN_ENDPOINT,
    HTTPStatus.METHOD_NOT_ALLOWED: _WANTS_AN_ENDPOINT,
    HTTPStatus.TOO_MANY_REQUESTS: "; the quota of this key is used up for now: send less, or have it raised",
    HTTPStatus.SERVICE_UNAVAILABLE: "; it takes nothing for now, and its log says why",
}
_GUESSES: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})  # what the receiver says is better
_PARTIAL_SUCCESS_TAG: Final = 0x0A
_NUMBER_TAG: Final = 0x08
_WORDS_TAG: Final = 0x12
_WORDS_KEPT: Final = 200  # characters of what a receiver says
_KEY_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})
_OPEN_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "user-agent"}
)
_SHORTEST_HIDDEN: Final = 8  # characters; a shorter value of a header for other things, a tenant's name, say, is no key
_HIDDEN: Final = "[key]"


def outcome_of(response: requests.Response, items: int) -> Outcome:
    """What a receiver's answer to so many items means."""
    status, problem = response.status_code, _described(response)
    if status in _TRY_AGAIN:
        wished_s = _retry_after_s(response.headers.get("retry-after"), response.headers.get("date"))
        return Outcome(delivered=False, retry=True, retry_after_s=wished_s, problem=problem)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or is_page(response):  # a redirect is not followed
        return Outcome(delivered=False, problem=problem, unfit=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    rejected, why = _rejected(response.content)
    rejected = min(rejected, items)
    if not rejected:
        return Outcome(delivered=True)
    said = f"{response.url} did not take {rejected} of {items}{_in_brackets(why, response)}"
    return Outcome(delivered=True, rejected=rejected, problem=said)


def is_page(response: requests.Response) -> bool:
    """Whether it is for people, of a login or a console, say: then nobody took anything."""
    return response.headers.get("content-type", "").startswith("text/html")


def _described(response: requests.Response) -> str:
    """An answer that took nothing, and how to get another."""
    status = response.status_code
    said = f"{response.url} answered {status} {response.reason}"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return f"{said} with a web page{_WANTS_AN_ENDPOINT}"
    if response.is_redirect:
        return f"{said} to {response.headers['location']!r}; give the endpoint that is meant"
    told = told_in(response)
    return f"{said}{told}{'' if told and status in _GUESSES else _REMEDIES.get(status, '')}"


def told_in(response: requests.Response) -> str:
    """What the receiver says of its refusal, in brackets to be put behind it; "" where it says nothing that can be read.

    An OTLP error's body is a google.rpc.Status, binary or as JSON (OTLP 1.11, "Failures"); Spanhouse's API answers ``error``.
    """
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/x-protobuf":
        return _in_brackets(_number_and_words(response.content)[1], response)
    if media_type != "application/json":
        return ""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return ""
    said = (body.get("message") or body.get("error")) if isinstance(body, dict) else None
    return _in_brackets(said, response) if isinstance(said, str) else ""


def _in_brackets(words: str, response: requests.Response) -> str:
    """The receiver's words on one line, with nothing in them that only the sender may know. Cut last: half a key is one, too."""
    for secret in sorted(_secrets(response.request.headers), key=len, reverse=True):
        words = words.replace(secret, _HIDDEN)
    line = " ".join("".join(character if character.isprintable() else " " for character in words).split())
    return f" ({content.cut(line, _WORDS_KEPT)})" if line else ""


def _secrets(sent: Mapping[str, str | bytes]) -> set[str]:
    """What was sent in headers and may be a key, in the forms in which an answer may repeat it."""
    found: set[str] = set()
    for name, given in sent.items():
        value = given.decode("latin-1") if isinstance(given, bytes) else given
        if name.lower() in _OPEN_HEADERS:
            continue
        if name.lower() not in _KEY_HEADERS:
            found |= {value} if len(value) >= _SHORTEST_HIDDEN else set()
            continue
        scheme, _, credentials = value.strip().rpartition(" ")
        found |= {value, credentials}
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):  # then it is no base64
                decoded = base64.b64decode(credentials, validate=True).decode(errors="replace")
                found |= {decoded, decoded.partition(":")[2]}
    return found - {""}


def _rejected(body: bytes) -> tuple[int, str]:
    """How many items an OTLP answer says were not taken, and why; 0 for an answer that is not OTLP.

    ``Export…ServiceResponse`` of every signal begins with field 1, ``partial_success``: count and message (OTLP 1.11).
    """
    try:
        if body[0] != _PARTIAL_SUCCESS_TAG:
            return 0, ""
        _, at = _varint(body, 1)
    except IndexError:  # empty, which is the usual answer, or cut off
        return 0, ""
    return _number_and_words(body[at:])


def _number_and_words(message: bytes) -> tuple[int, str]:
    """Fields 1, a number, and 2, a text; 0 and "" for what is absent or cut off. So begin a partial success and a Status.

    Each field is a tag, for the text a length, and the value; encoders write them in this order.
    """
    number, at = 0, 0
    try:
        if message[0] == _NUMBER_TAG:
            number, at = _varint(message, 1)
        if message[at] != _WORDS_TAG:
            return number, ""
        length, begin = _varint(message, at + 1)
    except IndexError:
        return number, ""
    return number, message[begin : begin + length].decode(errors="replace")


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, seven bits a byte, lowest first; and where it ends. Raises IndexError."""
    number, shift = 0, 0
    while True:
        number |= (body[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if body[at - 1] < 0x80:
            return number, at


def _retry_after_s(value: str | None, now: str | None) -> float | None:
    """Seconds to wait, from a number of seconds or a date; the date is read by the receiver's clock, not ours."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment - parsedate_to_datetime(now or "")).total_seconds())
    except (TypeError, ValueError):
        return None

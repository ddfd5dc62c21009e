"""The connection of OpenTelemetry's exporters, in which the SDK reads the receiver's answers or turns requests to the spool.

Knows OTLP's answers; knows nothing of spans, queues or files.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import IncompleteRead
from typing import Any, Final

import requests
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from spanhouse import content
from spanhouse.delivery import Outcome
from spanhouse.shelf import Parcel

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
_OWN_AUTHORITY: Final = "OTEL_EXPORTER_OTLP_CERTIFICATE names the file of an authority of your own"
_OTHER_NAME: Final = "give the endpoint by a name that its certificate holds"
_CERTIFICATE_REMEDIES: Final[dict[int, str]] = {
    9: "compare the clocks of this machine and the collector's",
    10: "have the collector's certificate renewed, or set the clock of this machine",
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}  # by OpenSSL's X509_V_ERR_…: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED, HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH
_TLS_OBSTACLES: Final = {
    "WRONG_VERSION_NUMBER": "it speaks no TLS there; give the endpoint with http:// if it takes plain HTTP",
    "NO_CERTIFICATE_OR_CRL_FOUND": "the file of authorities, by OTEL_EXPORTER_OTLP_CERTIFICATE perhaps, holds no certificate",
}  # by OpenSSL's name of the reason
_BAD_HEADER: Final = "a header, perhaps the API key, holds characters that none may"  # the error shows the key itself
_NO_HTTP: Final = "its answer is no HTTP; does it take OTLP over HTTP there, not https or gRPC?"
_OBSTACLES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ConnectionRefusedError, "nobody listens there; is the collector up, and is this its port?"),
    (socket.gaierror, "no machine of that name is known here"),
    (TimeoutError, "no answer in time"),
    (IncompleteRead, "it hung up in the middle of its answer"),
    (ConnectionResetError, "it hung up without an answer; does it take OTLP over HTTP there, not https or gRPC?"),
)  # by what the connection raised; the type of error says little to people
_PARTIAL_SUCCESS_TAG: Final = 0x0A
_REJECTED_TAG: Final = 0x08
_MESSAGE_TAG: Final = 0x12
_WORDS_KEPT: Final = 200  # characters of what a receiver says of items that it rejected
_CONTENT_ENCODING: Final = "content-encoding"
_NO_TRACE_ID: Final = 1  # any, as long as it is valid: a parent that is not is none
_NO_SPAN_ID: Final = 1
# The exporter gave up before: a name that is no text, say, cannot be written as OTLP.
_NEVER_SENT: Final = Outcome(delivered=False, unfit=True, problem="OpenTelemetry's exporter cannot write it")


class _TryAgainLaterError(Exception):
    """Ends an exporter's own attempts; the outbox tries again."""


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Inside nothing is traced: no request of ours, nor what a mask of the application calls, which would never end.

    Instrumentations hear it by their key, samplers by a parent that was not sampled.
    """
    parent = trace.SpanContext(_NO_TRACE_ID, _NO_SPAN_ID, is_remote=False)
    quiet = otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True)
    token = otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(parent), quiet))
    try:
        yield
    finally:
        otel_context.detach(token)


class Session(requests.Session):
    """The exporter's connection. It notes what the receiver answered, which the exporter keeps to itself."""

    def __init__(self) -> None:
        super().__init__()
        self._outcome = _NEVER_SENT
        self._items = 0
        self._is_preparing = False
        self._prepared: Mapping[str, Any] = {}

    def outcome_of(self, export: Callable[[], object], items: int) -> Outcome:
        """Runs one export of so many items and says what became of it; one that never came to sending cannot be sent."""
        self._outcome, self._items = _NEVER_SENT, items
        with untraced():
            export()
        return self._outcome

    def prepare(self, export: Callable[[], object]) -> None:
        """Notes where and with which headers an export would be sent, for ``forward`` and ``ask``; sends nothing."""
        self._is_preparing = True
        export()
        self._is_preparing = False

    def forward(self, body: bytes, *, encoding: str, items: int) -> Outcome:
        """Sends a body that was made earlier. ``prepare`` comes first."""
        headers = {key: value for key, value in self.headers_of_exports.items() if key != _CONTENT_ENCODING}
        if encoding:
            headers[_CONTENT_ENCODING] = encoding

        def send() -> None:
            with contextlib.suppress(_TryAgainLaterError):
                self.request(**{**self._prepared, "headers": headers, "data": body})

        return self.outcome_of(send, items)

    @property
    def headers_of_exports(self) -> dict[str, str]:
        """What an export is sent with, by names in lower case: the settings' and OpenTelemetry's. ``prepare`` comes first."""
        return {key.lower(): value for key, value in self._prepared["headers"].items()}

    def ask(self, url: str) -> requests.Response:
        """Gets ``url`` with the headers, certificates and timeout of the exports. Raises requests.RequestException.

        ``prepare`` comes first.
        """
        headers = {key: value for key, value in self.headers_of_exports.items() if not key.startswith("content-")}
        return self._send("GET", url, headers=headers, timeout=self._prepared["timeout"], allow_redirects=False)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        if self._is_preparing:
            self._prepared = kwargs
            return _accepted()
        try:
            response = self._send(*args, **kwargs)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            problem = f"cannot reach {kwargs.get('url')} ({_obstacle(error)})"
            self._outcome = Outcome(delivered=False, retry=True, problem=problem)
            raise _TryAgainLaterError from error
        except OSError as error:  # a file of certificates that is not there, a URL that cannot be; requests' own errors too
            said = _BAD_HEADER if isinstance(error, requests.exceptions.InvalidHeader) else error
            self._outcome = Outcome(delivered=False, problem=f"cannot send to {kwargs.get('url')}: {said}")
            raise
        self._outcome = _outcome(response, self._items)
        if self._outcome.retry:
            raise _TryAgainLaterError(response.reason)
        return response

    def _send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends. Certificates that were named for OTLP go along: those of a session give way to ``REQUESTS_CA_BUNDLE``."""
        if isinstance(self.verify, str):
            kwargs["verify"] = self.verify
        return super().request(*args, **kwargs)


def _outcome(response: requests.Response, items: int) -> Outcome:
    """What a receiver's answer to so many items means."""
    status, problem = response.status_code, _described(response)
    if status in _TRY_AGAIN:
        wished_s = _retry_after_s(response.headers.get("retry-after"), response.headers.get("date"))
        return Outcome(delivered=False, retry=True, retry_after_s=wished_s, problem=problem)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or is_page(response):  # a redirect is not followed
        return Outcome(delivered=False, problem=problem, unfit=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    rejected, why = _rejected(response.content)
    rejected = min(rejected, items)
    said = f"{response.url} did not take {rejected} of {items}{f' ({content.cut(why, _WORDS_KEPT)})' if why else ''}"
    return Outcome(delivered=True, rejected=rejected, problem=said if rejected else "")


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
    return said + _REMEDIES.get(status, "")


def _obstacle(error: requests.RequestException) -> str:
    """What stood in the way, and how to remove it where that is known; else the type of error."""
    cause = _innermost(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{cause.verify_message.rstrip('.')}; {_CERTIFICATE_REMEDIES.get(cause.verify_code, _OWN_AUTHORITY)}"
    if isinstance(cause, ssl.SSLError):
        return _TLS_OBSTACLES.get(cause.reason, f"{cause.reason}; does it take https?")
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy that HTTP_PROXY or HTTPS_PROXY names did not let it through; NO_PROXY lists hosts that need none"
    if isinstance(error, requests.Timeout):
        cause = TimeoutError()
    known = (words for kind, words in _OBSTACLES if isinstance(cause, kind))
    return next(known, type(error).__name__ if isinstance(cause, OSError) else _NO_HTTP)


def _innermost(error: BaseException) -> BaseException:
    """What requests and urllib3 wrapped, as an argument, as the ``reason`` or as the cause."""
    for given in error.args:
        reason = getattr(given, "reason", None)
        inner = reason if isinstance(reason, BaseException) else given
        if isinstance(inner, BaseException):
            return _innermost(inner)
    return error if error.__cause__ is None else error.__cause__


class Diversion(requests.Session):
    """Stands where the connection would be, and gives each request to ``keep`` instead of sending it."""

    def __init__(self, signal: str, keep: Callable[[Parcel], Outcome]) -> None:
        super().__init__()
        self._signal = signal
        self._keep = keep
        self._items = 0
        self._outcome = _NEVER_SENT

    def outcome_of(self, export: Callable[[], object], items: int) -> Outcome:
        """As ``Session.outcome_of``; a parcel that is kept counts as delivered."""
        self._outcome, self._items = _NEVER_SENT, items
        export()
        return self._outcome

    def request(self, *_args: Any, **kwargs: Any) -> requests.Response:
        headers = {key.lower(): value for key, value in kwargs["headers"].items()}
        encoding = str(headers.get(_CONTENT_ENCODING, ""))
        self._outcome = self._keep(Parcel(signal=self._signal, items=self._items, encoding=encoding, body=kwargs["data"]))
        return _accepted()


def _accepted() -> requests.Response:
    response = requests.Response()
    response.status_code = HTTPStatus.OK
    response._content = b""  # noqa: SLF001 - as requests' own adapters fill one in
    return response


def _rejected(body: bytes) -> tuple[int, str]:
    """How many items an OTLP answer says were not taken, and why; 0 for an answer that is not OTLP.

    ``Export…ServiceResponse`` of every signal begins with field 1, ``partial_success``, and this with field 1, the count,
    before field 2, the message (OTLP 1.11): a tag, for all but the count a length, and the value.
    """
    try:
        if body[0] != _PARTIAL_SUCCESS_TAG:
            return 0, ""
        _, at = _varint(body, 1)
        if body[at] != _REJECTED_TAG:
            return 0, ""
        rejected, at = _varint(body, at + 1)
    except IndexError:  # empty, which is the usual answer, or cut off
        return 0, ""
    try:
        length, begin = _varint(body, at + 1) if body[at] == _MESSAGE_TAG else (0, at)
    except IndexError:  # it says no more than that
        return rejected, ""
    return rejected, body[begin : begin + length].decode(errors="replace")


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

"""The connection of OpenTelemetry's exporters, in which the SDK reads the receiver's answers or turns requests to the spool.

Knows what stands in the way of an answer; knows nothing of spans, queues or files, and not what answers say.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.client import IncompleteRead
from typing import Any, Final

import requests
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from spanhouse import answers
from spanhouse.delivery import Outcome
from spanhouse.greetings import Spoken, spoken_at
from spanhouse.shelf import Parcel

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
_HUNG_UP: Final = "it hung up without an answer; does it take OTLP over HTTP there, not https or gRPC?"
_UNKNOWN: Final = frozenset({_NO_HTTP, _HUNG_UP})
_MEETS_TLS: Final = "it speaks TLS there; give the endpoint with https://"
_MEETS_GRPC: Final = "it speaks gRPC there; give the endpoint with the port for OTLP over HTTP, which is 4318 as a rule"
_MET: Final[dict[Spoken, str]] = {"tls": _MEETS_TLS, "http/2": _MEETS_GRPC, "": ""}
_OBSTACLES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ConnectionRefusedError, "nobody listens there; is the collector up, and is this its port?"),
    (socket.gaierror, "no machine of that name is known here"),
    (TimeoutError, "no answer in time"),
    (IncompleteRead, "it hung up in the middle of its answer"),
    (ConnectionResetError, _HUNG_UP),
)  # by what the connection raised; the type of error says little to people
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
        self._spoken: Spoken | None = None  # not looked at yet

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
            problem = f"cannot reach {kwargs.get('url')} ({self._obstacle(error, str(kwargs.get('url')))})"
            self._outcome = Outcome(delivered=False, retry=True, problem=problem)
            raise _TryAgainLaterError from error
        except OSError as error:  # a file of certificates that is not there, a URL that cannot be; requests' own errors too
            said = _BAD_HEADER if isinstance(error, requests.exceptions.InvalidHeader) else error
            self._outcome = Outcome(delivered=False, problem=f"cannot send to {kwargs.get('url')}: {said}")
            raise
        self._outcome = answers.outcome_of(response, self._items)
        is_mute = response.status_code == HTTPStatus.BAD_REQUEST and not answers.told_in(response)
        if is_mute and self._spoken_at(response.url) == "tls":
            self._outcome = Outcome(delivered=False, problem=f"{response.url} answered {response.status_code}; {_MEETS_TLS}")
        if self._outcome.retry:
            raise _TryAgainLaterError(response.reason)
        return response

    def _obstacle(self, error: requests.RequestException, url: str) -> str:
        found = _obstacle(error)
        return (_MET[self._spoken_at(url)] if found in _UNKNOWN else "") or found

    def _spoken_at(self, url: str) -> Spoken:
        """What is spoken there in place of HTTP. Looks once, for what nobody can tell from the answers."""
        if self._spoken is None:
            self._spoken = spoken_at(url)
        return self._spoken

    def _send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends. Certificates that were named for OTLP go along: those of a session give way to ``REQUESTS_CA_BUNDLE``."""
        if isinstance(self.verify, str):
            kwargs["verify"] = self.verify
        return super().request(*args, **kwargs)


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

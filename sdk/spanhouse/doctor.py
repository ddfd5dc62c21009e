"""``python -m spanhouse doctor``: sends one span, asks the collector for it, and says what it found.

Works with any OTLP receiver up to the sending; only a Spanhouse collector can be asked for the span.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin

import requests

from spanhouse import answers, pipelines, settings, startup
from spanhouse.settings import InvalidSettingError, Options, Settings
from spanhouse.spans import span
from spanhouse.transport import Session

SPAN_NAME: Final = "spanhouse doctor"
_POLL_S: Final = 0.25
_LAST_WAIT_S: Final = 0.1  # whoever did not take the span in all that time is not waited for again
_KEY_HEADERS: Final = frozenset({"authorization", "x-api-key"})  # where the collector looks for one


def examine(options: Options, *, timeout_s: float, say: Callable[[str], object]) -> bool:
    """Whether a span sent from here arrives. ``say`` takes a line for people after each step. Blocks for seconds.

    A key that may only send, as ``spanhouse keys create`` makes them, cannot ask: then the collector's word is taken.
    """
    try:
        chosen = settings.resolve(options)
    except InvalidSettingError as error:
        say(f"not configured: {error}")
        return False
    with pipelines.span_session(chosen) as session:
        has_key = not _KEY_HEADERS.isdisjoint(session.headers_of_exports)
        say(f"sends to {chosen.traces_url}, {'with' if has_key else 'without'} an API key")
        for what in chosen.ignored:
            say(f"ignored: {what}")
        trace_id = _send(options, timeout_s, say)
        return trace_id is not None and _ask_back(chosen, session, trace_id, timeout_s=timeout_s, say=say)


def _send(options: Options, timeout_s: float, say: Callable[[str], object]) -> str | None:
    off = settings.switched_off_by(options)
    startup.init(options.endpoint, options.api_key, service_name="spanhouse-doctor", instrument=False)
    with span(SPAN_NAME) as sent:
        pass
    delivered = startup.flush(timeout_s)
    known = startup.report()
    startup.shutdown(timeout_s=1.0 if delivered else _LAST_WAIT_S)
    if not sent.trace_id or (delivered and not known.sent.get("spans")):
        say(f"no span was made: {off or 'the sampler dropped it; see OTEL_TRACES_SAMPLER'}")
        return None
    if not delivered:
        say(f"not delivered: {known.problem or f'no answer within {timeout_s:g} s'}")
        return None
    say(f"delivered one span, trace {sent.trace_id}")
    return sent.trace_id


def _ask_back(chosen: Settings, session: Session, trace_id: str, *, timeout_s: float, say: Callable[[str], object]) -> bool:
    base, path = chosen.traces_url.removesuffix("/v1/traces"), f"/api/v1/traces/{trace_id}"
    places = dict.fromkeys((base + path, urljoin(base, path)))  # a collector takes spans below other paths, too, not questions
    deadline_s = time.monotonic() + timeout_s
    answer = "no answer"
    while time.monotonic() < deadline_s:
        for url in places:
            try:
                response = session.ask(url)
            except requests.RequestException as error:
                answer = f"{url} gave no answer ({type(error).__name__})"
                continue
            if response.ok and not answers.is_page(response):
                say("found it again: spans arrive")
                return True
            if response.status_code == HTTPStatus.FORBIDDEN:
                say("spans arrive: the collector took it; it was not asked back, since this key may only send")
                return True
            answer = f"{url} answered {response.status_code} {response.reason}{answers.told_in(response)}"
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                deadline_s = 0.0
        time.sleep(_POLL_S)
    say(f"not found again: {answer}; is it a Spanhouse collector, and may this key read?")
    return False

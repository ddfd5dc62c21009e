"""A receiver that decodes real OTLP, a fake OpenAI server, and an SDK that is off again after every test."""

import threading
from collections.abc import Iterator

import opentelemetry.trace
import pytest
from opentelemetry.util._once import Once

import spanhouse
from spanhouse.pytest_plugin import spanhouse_capture
from tests.sdk import openai_server, otlp_receiver

__all__ = ["spanhouse_capture"]


@pytest.fixture(autouse=True)
def sdk_off_afterwards() -> Iterator[None]:
    yield
    spanhouse.shutdown()
    for thread in threading.enumerate():
        if thread.name.startswith("spanhouse-"):  # the last attempt of an outbox that could not wait for it
            thread.join()


@pytest.fixture
def no_tracer_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody had set OpenTelemetry's global tracer provider in this process."""
    monkeypatch.setattr(opentelemetry.trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(opentelemetry.trace, "_TRACER_PROVIDER_SET_ONCE", Once())


@pytest.fixture
def receiver() -> Iterator[otlp_receiver.Receiver]:
    with otlp_receiver.running() as running:
        yield running
        spanhouse.shutdown()  # while there is still somebody to take the last words


@pytest.fixture
def openai_url() -> Iterator[str]:
    with openai_server.running() as url:
        yield url

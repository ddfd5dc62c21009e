"""Measures what one SDK adds to a call of the OpenAI client, in that SDK's own environment; imports nothing of ours but the SDK.

Blocks of plain and instrumented calls alternate in this process; a block's figure is the mean CPU time of the calling thread
per call. Prints one JSON object: the plain blocks and what each instrumented block took more, in microseconds.

    python drive.py PEER OPENAI_URL COLLECTOR_URL BLOCKS CALLS
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import openai
from openai.resources.chat.completions import Completions

# Where instrumentations put themselves in between; what they changed is taken out again for the plain blocks.
_PLACES = tuple((owner, name) for owner in (Completions, openai.OpenAI) for name in ("create", "request", "post"))


def spanhouse(_client: Any, url: str) -> None:
    import spanhouse as sdk

    sdk.init(url, service_name="bench")


def langfuse(_client: Any, url: str) -> None:
    os.environ.update(LANGFUSE_HOST=url, LANGFUSE_PUBLIC_KEY="pk-lf-bench", LANGFUSE_SECRET_KEY="sk-lf-bench")
    import langfuse as sdk
    import langfuse.openai  # patches the client when it is imported

    sdk.Langfuse(host=url, public_key="pk-lf-bench", secret_key="sk-lf-bench")


def openlit(_client: Any, url: str) -> None:
    import openlit as sdk

    sdk.init(otlp_endpoint=url, application_name="bench", disable_metrics=True)


def traceloop(_client: Any, url: str) -> None:
    os.environ["TRACELOOP_TELEMETRY"] = "false"
    from traceloop.sdk import Traceloop

    Traceloop.init(app_name="bench", api_endpoint=url, api_key="none")


def logfire(client: Any, url: str) -> None:
    import logfire as sdk
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporting = BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces"))
    sdk.configure(send_to_logfire=False, console=False, additional_span_processors=[exporting])
    sdk.instrument_openai(client)


def phoenix(_client: Any, url: str) -> None:
    from openinference.instrumentation.openai import OpenAIInstrumentor
    from phoenix.otel import register

    provider = register(endpoint=f"{url}/v1/traces", batch=True, protocol="http/protobuf", verbose=False)
    OpenAIInstrumentor().instrument(tracer_provider=provider)


def mlflow(_client: Any, url: str) -> None:
    os.environ.update(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{url}/v1/traces", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf")
    # Without an address it looks, in every call, for a store that its distribution for tracing does not have, and traces nothing.
    os.environ.update(MLFLOW_TRACKING_URI=url, MLFLOW_EXPERIMENT_ID="0")
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "true"  # else every call waits for the collector
    import mlflow as sdk

    sdk.openai.autolog()


def opik(client: Any, url: str) -> Any:
    os.environ.update(OPIK_URL_OVERRIDE=url, OPIK_TRACK_DISABLE="false", OPIK_SENTRY_ENABLE="false")
    from opik.integrations.openai import track_openai

    return track_openai(client)


PEERS = {peer.__name__: peer for peer in (spanhouse, langfuse, openlit, traceloop, logfire, phoenix, mlflow, opik)}


def main(peer: str, openai_url: str, collector_url: str, blocks: int, calls: int) -> None:
    """Runs the bench of one peer."""
    logging.disable()
    plain_client, client = (openai.OpenAI(base_url=openai_url, api_key="none") for _ in range(2))
    before = [owner.__dict__.get(name) for owner, name in _PLACES]
    client = PEERS[peer](client, collector_url) or client
    after = [owner.__dict__.get(name) for owner, name in _PLACES]
    plain: list[float] = []
    added: list[float] = []
    for _ in range(blocks + 1):  # the first round warms up
        _put(before)
        plain.append(_mean_us(lambda: _ask(plain_client), calls))
        _put(after)
        added.append(_mean_us(lambda: _ask(client), calls) - plain[-1])
    print(json.dumps({"plain_us": plain[1:], "added_us": added[1:]}), flush=True)
    os._exit(0)  # some wait at exit for servers that are none


def _put(found: list[Any]) -> None:
    for (owner, name), value in zip(_PLACES, found, strict=True):
        if value is not None:
            setattr(owner, name, value)
        elif name in owner.__dict__:
            delattr(owner, name)


def _ask(client: Any) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "How long does it take?"}])


def _mean_us(way: Callable[[], object], calls: int) -> float:
    way()
    began_s = time.thread_time()
    for _ in range(calls):
        way()
    return (time.thread_time() - began_s) / calls * 1e6


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))

"""One line to trace an LLM application. OpenTelemetry underneath, standard GenAI names on the wire.

    import spanhouse

    spanhouse.init(service_name="shop-assistant", environment="production", release="1.4.2")

    @spanhouse.observe(kind="workflow")
    def answer(question: str) -> str:
        with spanhouse.span("help-centre", kind="retrieval") as step:
            step.set_input(question)
            step.set_output([{"id": "a1", "score": 0.9, "content": "…"}])
        with spanhouse.span("answer", kind="llm", model="gpt-4o-mini", provider="openai") as call:
            call.set_input([{"role": "user", "content": question}], system="Be brief.")
            call.mark_first_chunk()
            call.set_output("42")
            call.set_response(model="gpt-4o-mini-2024-07-18", id="chatcmpl-1", finish_reasons=["stop"])
            call.set_usage(input_tokens=12, output_tokens=2, cache_read_tokens=4)
        spanhouse.score("grounded", 0.9, explanation="all of it is in a1")
        return "42"

    with spanhouse.context(session_id="s-1", user_id="u-7", tags=["beta"], metadata={"plan": "pro"},
                           prompt=("support", "7")):
        answer("What is six times seven?")
    spanhouse.feedback(True, "thanks", session_id="s-1")

What is public, and stays:

``init(endpoint, api_key, *, service_name, environment, release, instrument, capture_content, mask, sample_rate,
content_limit_chars, spool_dir, spool_limit_bytes, spool_limit_s, clock)``; ``flush(timeout_s)``; ``shutdown()``; ``report()``
    Arguments beat ``OTEL_*`` variables, these beat ``SPANHOUSE_ENDPOINT`` and ``SPANHOUSE_API_KEY``, these beat the
    defaults. Joins an existing tracer provider. Spans go to ``{endpoint}/v1/traces``, scores to ``{endpoint}/v1/logs``,
    OTLP over HTTP with protobuf. ``report()`` says what is on, and what was sent and dropped.
``observe``, ``span(name, kind, *, model, provider, attributes) -> Span``, ``current_span() -> Span``
    Kinds and their ``gen_ai.operation.name``: llm ``chat``, tool ``execute_tool``, retrieval ``retrieval``, agent
    ``invoke_agent``, workflow ``invoke_workflow``, embedding ``embeddings``, guardrail ``guardrail`` (ours: the open
    list of operations has none). Span names are the operation and what it is done on: ``execute_tool look_up``.
    Without a kind a span has no operation.
``Span``
    ``set_input(value, *, system)``, ``set_output(value)``, ``set_request(model, provider, stream, temperature,
    max_tokens)``, ``set_response(model, id, finish_reasons)``, ``set_usage(input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens)``, ``mark_first_chunk()``, ``set_tool(call_id, type)``,
    ``set_retrieval(data_source, top_k)``, ``set_error(error)``, ``set_attribute(key, value)``; ``trace_id`` and
    ``span_id`` in hexadecimal digits.
``context(*, session_id, user_id, tags, metadata, prompt, baggage)``
    ``session.id`` and ``gen_ai.conversation.id``, ``user.id``, ``spanhouse.tags`` (list), ``spanhouse.metadata.<key>``,
    ``gen_ai.prompt.name`` and ``gen_ai.prompt.version`` on every span started inside, whoever starts it.
``carry(function)``
    The same function for a thread or an executor: its spans lie below the span that is open where ``carry`` was called.
``score(name, value, *, label, explanation, trace_id, span_id, session_id, response_id)``
``feedback(good, comment, *, trace_id, span_id, session_id, response_id)``
    Log records with event name ``gen_ai.evaluation.result``; trace and span id are those of the record itself. Without a span
    that is open or named they belong to the session of ``context``.

What the SDK itself lost goes to the collector as log records named ``spanhouse.sdk.dropped``, with the attributes
``spanhouse.sdk.signal`` (spans, scores), ``spanhouse.sdk.reason`` (queue_full, refused, gave_up, rejected; of the spool
spool_full, spool_expired, spool_damaged) and ``spanhouse.sdk.count`` (items since the record before).

Where input and output go, as text (JSON unless it was text already): llm, agent, workflow and guardrail write texts and
messages to ``gen_ai.input.messages`` and ``gen_ai.output.messages``; a tool ``gen_ai.tool.call.arguments`` and
``gen_ai.tool.call.result``; a retrieval ``gen_ai.retrieval.query.text`` and ``gen_ai.retrieval.documents``; everything
else ``spanhouse.input`` and ``spanhouse.output``. A stream whose consumer stopped early has
``spanhouse.stream.abandoned``. ``spanhouse.testing`` is for tests.
"""

from spanhouse import variables

with variables.wrong_ones_hidden():
    from spanhouse.call_context import context
    from spanhouse.carrying import carry
    from spanhouse.conventions import Kind
    from spanhouse.instrumentation import Instrumentation
    from spanhouse.observing import observe
    from spanhouse.scores import feedback, score
    from spanhouse.spans import Span, current_span, span
    from spanhouse.startup import Report, flush, init, report, shutdown

__all__ = [
    "Instrumentation",
    "Kind",
    "Report",
    "Span",
    "carry",
    "context",
    "current_span",
    "feedback",
    "flush",
    "init",
    "observe",
    "report",
    "score",
    "shutdown",
    "span",
]

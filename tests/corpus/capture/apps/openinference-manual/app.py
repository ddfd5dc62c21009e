"""Spans written by hand with OpenInference's tracer: a prompt template, a guardrail, a reranker, a tool and an agent."""

from openinference.instrumentation import TracerProvider, using_attributes
from openinference.semconv.trace import OpenInferenceSpanKindValues, RerankerAttributes, SpanAttributes
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.corpus.capture.agents import AGENT, get_order
from tests.corpus.capture.calls import ORDER, REFUND
from tests.corpus.capture.replies import MODEL

provider = TracerProvider(resource=Resource.create({"service.name": "furniture-shop"}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("shop")
look_up = tracer.tool(name="get_order")(get_order)


@tracer.agent(name=AGENT)
def answer(question: str) -> str:
    """What the shop does for a customer."""
    with tracer.start_as_current_span(
        "polite?", openinference_span_kind=OpenInferenceSpanKindValues.GUARDRAIL.value.lower()
    ) as span:
        span.set_input(question)
        span.set_output("yes")
    with tracer.start_as_current_span(
        "rerank", openinference_span_kind=OpenInferenceSpanKindValues.RERANKER.value.lower()
    ) as span:
        span.set_attribute(RerankerAttributes.RERANKER_QUERY, REFUND)
        span.set_attribute(RerankerAttributes.RERANKER_MODEL_NAME, "small-reranker")
        for number, (text, score) in enumerate([("Refunds take five days.", 0.9), ("We sell chairs.", 0.1)]):
            prefix = f"{RerankerAttributes.RERANKER_OUTPUT_DOCUMENTS}.{number}.document"
            span.set_attribute(f"{prefix}.content", text)
            span.set_attribute(f"{prefix}.score", score)
    with tracer.start_as_current_span("model", openinference_span_kind=OpenInferenceSpanKindValues.LLM.value.lower()) as span:
        span.set_attribute(SpanAttributes.LLM_MODEL_NAME, MODEL)
        span.set_input(question)
        span.set_output("It arrives on Friday.")
    return look_up("4711")


with using_attributes(
    session_id="session-1",
    prompt_template="Where is order {order}?",
    prompt_template_version="v3",
    prompt_template_variables={"order": "4711"},
):
    answer(ORDER)
provider.shutdown()

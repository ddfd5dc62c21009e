"""MLflow's tracing: a chain with a retriever and a tool, and its integration of the OpenAI client."""

import mlflow
from mlflow.entities import SpanType
from openai import OpenAI

from tests.corpus.capture import calls
from tests.corpus.capture.calls import ORDER_RESULT, REFUND

mlflow.openai.autolog()


@mlflow.trace(span_type=SpanType.RETRIEVER)
def find_policy(query: str) -> list[dict[str, object]]:
    """Finds what the shop says about refunds."""
    return [{"page_content": "Refunds take five days.", "id": "policy-1", "metadata": {"source": "policies.md"}}]


@mlflow.trace(span_type=SpanType.TOOL)
def get_order(order_id: str) -> str:
    """Looks up an order."""
    return ORDER_RESULT


@mlflow.trace(name="support", span_type=SpanType.CHAIN)
def support(question: str) -> str:
    """What the shop does for a customer."""
    mlflow.update_current_trace(
        metadata={"mlflow.trace.session": "session-1", "mlflow.trace.user": "user-1"}, tags={"plan": "gold"}
    )
    find_policy("refund policy")
    get_order("4711")
    calls.chat(client)
    calls.tools(client)
    return question


client = OpenAI(max_retries=0)
support(REFUND)
calls.stream(client)
calls.embed(client)
mlflow.flush_trace_async_logging()

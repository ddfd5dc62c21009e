"""A function observed by Langfuse with a generation, a retriever and a tool in it."""

from langfuse import get_client, observe, propagate_attributes

from tests.corpus.capture.calls import ORDER_RESULT, REFUND, SYSTEM
from tests.corpus.capture.replies import DATED_MODEL

langfuse = get_client()
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": REFUND}]


@observe(as_type="retriever")
def find_policy(query: str) -> list[str]:
    """Finds what the shop says about refunds."""
    return ["Refunds take five days."]


@observe(as_type="tool")
def get_order(order_id: str) -> str:
    """Looks up an order."""
    return ORDER_RESULT


@observe(name="support")
def support(question: str) -> str:
    """What the shop does for a customer."""
    find_policy("refund policy")
    get_order("4711")
    with langfuse.start_as_current_observation(
        name="answer",
        as_type="generation",
        model=DATED_MODEL,
        model_parameters={"temperature": 0.2, "max_tokens": 64},
        input=MESSAGES,
        metadata={"floor": "2"},
    ) as generation:
        generation.update(
            output={"role": "assistant", "content": "Five days."},
            usage_details={
                "input": 9,
                "input_cached_tokens": 8,
                "input_cache_creation": 4,
                "output": 3,
                "output_reasoning_tokens": 2,
            },
            cost_details={"total": 0.000125},
        )
    return "Five days."


with propagate_attributes(user_id="user-1", session_id="session-1", tags=["beta", "shop"], metadata={"plan": "gold"}):
    support(REFUND)
langfuse.flush()

"""What the captured agents are about: an agent of a furniture shop with one tool. Runs in the capture's own environment."""

from __future__ import annotations

from tests.corpus.capture.calls import ORDER_RESULT

AGENT = "order_agent"
INSTRUCTIONS = "You are the assistant of a furniture shop. Answer in one sentence."


def get_order(order_id: str) -> str:
    """Looks up an order.

    Args:
        order_id: The order's number
    """
    return ORDER_RESULT if order_id == "4711" else "{}"

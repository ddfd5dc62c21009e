"""A LangChain application under OpenLLMetry's instrumentation and decorators."""

from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import workflow
from traceloop.sdk.instruments import Instruments

Traceloop.init(app_name="furniture-shop", disable_batch=True, instruments={Instruments.LANGCHAIN}, telemetry_enabled=False)
Traceloop.set_association_properties({"session_id": "session-1", "user_id": "user-1", "chat_kind": "support"})

from tests.corpus.capture.apps import langchain_shop  # noqa: E402 - after the instrumentation


@workflow(name="support")
def support(question: str) -> str:
    """What the shop does for a customer."""
    langchain_shop.run()
    return f"answered: {question}"


support("Where is order 4711?")

"""The LangChain application that is captured under several instrumentations. Runs in the capture's own environment."""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER, REFUND
from tests.corpus.capture.replies import MODEL

POLICY = "Refunds take five days."


class PolicyRetriever(BaseRetriever):
    """Finds the one document that there is."""

    def _get_relevant_documents(
        self,
        query: str,  # noqa: ARG002 - LangChain's signature
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the same
    ) -> list[Document]:
        return [Document(page_content=POLICY, id="policy-1", metadata={"source": "policies.md"})]


def run(config: Any = None) -> None:
    """An agent that looks up an order, a streamed answer, and a search."""
    model = ChatOpenAI(model=MODEL, temperature=0.2, max_retries=0)
    agent = create_agent(model, [tool(get_order)], system_prompt=INSTRUCTIONS, name=AGENT)
    agent.invoke({"messages": [{"role": "user", "content": ORDER}]}, config)
    for _ in ChatOpenAI(model=MODEL, stream_usage=True, max_retries=0).stream(REFUND, config):
        pass
    PolicyRetriever().invoke("refund policy", config)

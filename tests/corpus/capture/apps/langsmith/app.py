"""A LangChain application traced by LangSmith's client, exported as OTLP."""

import langsmith

from tests.corpus.capture.apps import langchain_shop

langchain_shop.run({"metadata": {"thread_id": "session-1"}, "tags": ["beta", "shop"]})


@langsmith.traceable(run_type="llm", name="own model", metadata={"ls_provider": "openai", "ls_model_name": "gpt-4o-mini"})
def own_model(messages: list[dict[str, str]]) -> dict[str, object]:
    """A model call written down by hand."""
    return {
        "choices": [{"message": {"role": "assistant", "content": "Five days."}}],
        "usage_metadata": {"input_tokens": 21, "output_tokens": 5, "total_tokens": 26},
    }


own_model([{"role": "user", "content": "How long does a refund take?"}])
langsmith.Client().flush()

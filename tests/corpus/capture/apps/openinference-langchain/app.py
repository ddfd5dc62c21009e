"""A LangChain application under OpenInference's instrumentation."""

from openinference.instrumentation.langchain import LangChainInstrumentor

from tests.corpus.capture import tracing

provider = tracing.start()
LangChainInstrumentor().instrument()

from tests.corpus.capture.apps import langchain_shop  # noqa: E402 - after the instrumentation

langchain_shop.run({"metadata": {"thread_id": "session-1"}, "tags": ["beta"]})
provider.shutdown()

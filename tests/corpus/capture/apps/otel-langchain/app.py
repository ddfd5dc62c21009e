"""A LangChain application under OpenTelemetry's own instrumentation."""

from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor

from tests.corpus.capture import tracing

provider = tracing.start()
LangChainInstrumentor().instrument()

from tests.corpus.capture.apps import langchain_shop  # noqa: E402 - after the instrumentation

langchain_shop.run()
provider.shutdown()

"""The OpenAI client under OpenLLMetry's instrumentation of 2025, which numbers every message."""

from openai import OpenAI
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
OpenAIInstrumentor().instrument()
calls.all_of_openai(OpenAI(max_retries=0))
provider.shutdown()

"""The OpenAI client under OpenTelemetry's own instrumentation."""

from openai import OpenAI
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
OpenAIInstrumentor().instrument()
calls.all_of_openai(OpenAI(max_retries=0))
provider.shutdown()

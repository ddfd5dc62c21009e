"""The Anthropic client under OpenLLMetry's instrumentation."""

from anthropic import Anthropic
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
AnthropicInstrumentor().instrument()
calls.all_of_anthropic(Anthropic(max_retries=0))
provider.shutdown()

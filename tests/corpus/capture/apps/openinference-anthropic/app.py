"""The Anthropic client under OpenInference's instrumentation."""

from anthropic import Anthropic
from openinference.instrumentation.anthropic import AnthropicInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
AnthropicInstrumentor().instrument()
calls.all_of_anthropic(Anthropic(max_retries=0))
provider.shutdown()

"""An agent of the OpenAI Agents SDK under OpenTelemetry's own instrumentation, of the SDK and of the client below it."""

from agents import set_trace_processors
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor

from tests.corpus.capture import tracing
from tests.corpus.capture.apps import openai_agent

provider = tracing.start()
set_trace_processors([])  # the SDK's own one sends to its maker
OpenAIAgentsInstrumentor().instrument()
OpenAIInstrumentor().instrument()
openai_agent.run()
provider.shutdown()

"""The OpenAI client under OpenTelemetry's older instrumentation, which writes messages as events in the log signal."""

from openai import OpenAI
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
events = tracing.start_logs()
OpenAIInstrumentor().instrument(logger_provider=events)
client = OpenAI(max_retries=0)
for call in (calls.chat, calls.stream, calls.tools, calls.embed, calls.fail):
    call(client)
provider.shutdown()
events.shutdown()

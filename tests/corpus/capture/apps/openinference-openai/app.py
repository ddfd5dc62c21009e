"""The OpenAI client under OpenInference's instrumentation, in the context of a session and a user."""

from openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

from tests.corpus.capture import calls, tracing

provider = tracing.start()
OpenAIInstrumentor().instrument()
with using_attributes(session_id="session-1", user_id="user-1", tags=["beta", "shop"], metadata={"floor": "2"}):
    calls.all_of_openai(OpenAI(max_retries=0))
provider.shutdown()

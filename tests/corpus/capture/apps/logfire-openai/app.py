"""The OpenAI client under Logfire's own instrumentation."""

import logfire
from openai import OpenAI

from tests.corpus.capture import calls

logfire.configure(send_to_logfire=False, service_name="furniture-shop", console=False)
logfire.instrument_openai()
calls.all_of_openai(OpenAI(max_retries=0))
logfire.shutdown()

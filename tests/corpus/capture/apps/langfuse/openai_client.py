"""The OpenAI client that Langfuse wraps."""

from langfuse import get_client
from langfuse.openai import OpenAI

from tests.corpus.capture import calls

calls.all_of_openai(OpenAI(max_retries=0))
get_client().flush()

"""A LangChain application with Langfuse's callback."""

from langfuse import get_client
from langfuse.langchain import CallbackHandler

from tests.corpus.capture.apps import langchain_shop

metadata = {"langfuse_session_id": "session-1", "langfuse_user_id": "user-1", "langfuse_tags": ["beta", "shop"]}
langchain_shop.run({"callbacks": [CallbackHandler()], "metadata": metadata})
get_client().flush()

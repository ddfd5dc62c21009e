"""LlamaIndex: an answer from documents found by meaning, with the search and the model's call as spans.

pip install spanhouse llama-index-core llama-index-llms-openai llama-index-embeddings-openai
pip install opentelemetry-instrumentation-genai-llama-index opentelemetry-instrumentation-genai-openai
"""

from llama_index.core import Document, VectorStoreIndex
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

import spanhouse

spanhouse.init(service_name="llamaindex-rag", instrument=["llama-index", "openai"])

documents = [Document(text="A refund takes five days.", doc_id="policy-1")]
model = OpenAI(model="gpt-4o-mini")
index = VectorStoreIndex.from_documents(documents, embed_model=OpenAIEmbedding(model="text-embedding-3-small"))


@spanhouse.observe(kind="workflow")
def answer(question: str) -> str:
    """The question answered from the documents."""
    return str(index.as_query_engine(llm=model).query(question))


print(answer("How long does a refund take?"))
spanhouse.flush()

"""LlamaIndex: a question answered from documents, under OpenTelemetry's own instrumentation."""

import os

from llama_index.core import Document, PromptTemplate, Settings, VectorStoreIndex
from llama_index.core.embeddings import MockEmbedding
from llama_index.llms.openai import OpenAI
from opentelemetry.instrumentation.genai.llama_index import LlamaIndexInstrumentor

from tests.corpus.capture import tracing
from tests.corpus.capture.calls import REFUND
from tests.corpus.capture.replies import MODEL

provider = tracing.start()
LlamaIndexInstrumentor().instrument()
Settings.llm = OpenAI(model=MODEL, temperature=0.2, max_tokens=64, max_retries=0, api_base=os.environ["OPENAI_BASE_URL"])
Settings.embed_model = MockEmbedding(embed_dim=3)
index = VectorStoreIndex.from_documents([Document(text="Refunds take five days.", doc_id="policy-1")])
prompt = PromptTemplate("{context_str}\n{query_str}")
index.as_query_engine(similarity_top_k=1, text_qa_template=prompt).query(REFUND)
provider.shutdown()

"""A FastAPI service: each request is a workflow of its session's, with the model's call inside.

FastAPI 0.165 traces requests by itself as soon as there is a tracer provider; for earlier ones there is
opentelemetry-instrumentation-fastapi.

pip install spanhouse fastapi uvicorn openai opentelemetry-instrumentation-genai-openai
uvicorn fastapi_app:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai
from fastapi import FastAPI, Header

import spanhouse

spanhouse.init(service_name="fastapi-app")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Sends what waits before the service ends."""
    yield
    spanhouse.shutdown()


app = FastAPI(lifespan=lifespan)
client = openai.AsyncOpenAI()


@spanhouse.observe(kind="workflow")
async def answer(question: str) -> str:
    """The model's answer."""
    reply = await client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])
    return reply.choices[0].message.content or ""


@app.get("/ask")
async def ask(question: str, x_session_id: str = Header()) -> dict[str, str]:
    """Answers a question; the session comes with the request."""
    with spanhouse.context(session_id=x_session_id):
        return {"answer": await answer(question)}

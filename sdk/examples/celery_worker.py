"""A Celery worker: its processes fork, and a task continues the trace of whoever sent it.

pip install spanhouse celery openai opentelemetry-instrumentation-genai-openai opentelemetry-instrumentation-celery
celery --app celery_worker worker
"""

import os

import openai
from celery import Celery
from opentelemetry.instrumentation.celery import CeleryInstrumentor

import spanhouse

# Before the worker forks; each process then has a queue and a connection of its own.
spanhouse.init(service_name="celery-worker")
CeleryInstrumentor().instrument()
app = Celery("celery_worker", broker=os.environ.get("CELERY_BROKER_URL", "amqp://"))


@app.task
@spanhouse.observe(kind="workflow")
def answer(question: str) -> str:
    """The model's answer."""
    messages = [{"role": "user", "content": question}]
    return openai.OpenAI().chat.completions.create(model="gpt-4o-mini", messages=messages).choices[0].message.content or ""

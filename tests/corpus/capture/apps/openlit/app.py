"""The OpenAI client under OpenLIT's instrumentation."""

import os

import openlit
from openai import OpenAI

from tests.corpus.capture import calls

openlit.init(
    application_name="furniture-shop",
    otlp_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    disable_metrics=True,
    disable_batch=True,
)
calls.all_of_openai(OpenAI(max_retries=0))

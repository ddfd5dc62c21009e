"""The OpenAI client: a plain call and a streamed one, in one session.

pip install spanhouse openai opentelemetry-instrumentation-genai-openai
"""

import openai

import spanhouse

spanhouse.init(service_name="openai-chat")
client = openai.OpenAI()
question = [{"role": "user", "content": "How long does a refund take?"}]

with spanhouse.context(session_id="chat-1", user_id="u-7", tags=["example"]):
    reply = client.chat.completions.create(model="gpt-4o-mini", messages=question)
    print(reply.choices[0].message.content)
    for chunk in client.chat.completions.create(
        model="gpt-4o-mini", messages=question, stream=True, stream_options={"include_usage": True}
    ):
        print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="")
print()
spanhouse.flush()

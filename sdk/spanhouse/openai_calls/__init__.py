"""A shorter way for the commonest calls of the OpenAI client: chat completions and Responses, whole and streamed.

OpenTelemetry's instrumentation is switched on and stays in charge: it gets every call with something in it that is not known
here, and with metrics, events or completion hooks all of them. The span of a short call is the same, attribute for
attribute; a test holds the two against each other. docs/adr/0012 has the figures. Knows that instrumentation and the client;
must not know where spans go.
"""

from openai import AsyncOpenAI, OpenAI
from openai.resources.chat.completions import AsyncCompletions, Completions
from openai.resources.responses.responses import AsyncResponses, Responses
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.instrumentation.genai.openai.version import __version__
from opentelemetry.trace import TracerProvider

from spanhouse.openai_calls.calls import ShortWay, lead, lead_async
from spanhouse.openai_calls.chat import Chat
from spanhouse.openai_calls.responses import InResponses

_SCOPE = "opentelemetry.instrumentation.genai.openai"


def shorten(provider: TracerProvider, *, limit_chars: int, early: bool) -> None:
    """Puts the short way in front of OpenTelemetry's, which must just have been switched on with this ``provider``.

    ``limit_chars`` of 0 captures no texts. ``early`` sets what is known of the request when the span starts, for a sampler or
    a processor of the application that looks at it then; all at once at the end is cheaper.
    """
    way = ShortWay(
        tracer=provider.get_tracer(_SCOPE, __version__),
        early=early,
        instrumentor=OpenAIInstrumentor(),
        own_clients=frozenset({OpenAI, AsyncOpenAI}),
    )
    chat, responses = Chat(limit_chars), InResponses(limit_chars)
    for owner, endpoint, leading in (
        (Completions, chat, lead),
        (AsyncCompletions, chat, lead_async),
        (Responses, responses, lead),
        (AsyncResponses, responses, lead_async),
    ):
        theirs = owner.__dict__["create"]
        # In place of theirs and of its kind: the instrumentation takes off one wrapper, and must find the client's own below it.
        owner.create = type(theirs)(theirs.__wrapped__, leading(way, endpoint, long_way=theirs._self_wrapper))  # type: ignore[method-assign]  # noqa: SLF001

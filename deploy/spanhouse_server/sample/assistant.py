"""The support assistant: finds articles, asks a model, uses tools, checks the answer. Traced with ``spanhouse``.

This is how an application uses the SDK. The model, the tools and the passing of time are played: ``SimulatedClock``
moves forward where a real application would wait, and the SDK takes its times from it.
"""

from dataclasses import dataclass, field
from random import Random

from articles import ARTICLES, Article, ToolName
from help_centre import Hit, Search
from releases import Answer, Model, Release, count_tokens, is_grounded

import spanhouse

TOP_K = 3
MESSAGES_REMEMBERED = 4
_SEARCH = Search(ARTICLES)

Message = dict[str, object]


class RateLimitedError(Exception):
    """The provider asked for a pause; the call can be made again."""


class ModelTimeoutError(Exception):
    """The provider did not answer in time."""


@dataclass(slots=True, kw_only=True)
class SimulatedClock:
    """Nanoseconds since the epoch, moved by hand; and a little by every reading, so that what comes first is first."""

    now_ns: int

    def __call__(self) -> int:
        self.now_ns += 20_000
        return self.now_ns

    def wait(self, seconds: float) -> None:
        """Lets time pass without waiting."""
        self.now_ns += max(1, round(seconds * 1e9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a customer asks: the words, the article that answers them, and the order in question if there is one."""

    text: str
    article: Article
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, and the span it was given in, for the feedback that comes later."""

    answer: Answer
    trace_id: str
    span_id: str


@dataclass(slots=True, kw_only=True)
class Assistant:
    """One conversation with one customer."""

    release: Release
    random: Random
    clock: SimulatedClock
    history: list[Message] = field(default_factory=list)

    def reply(self, question: Question) -> Reply:
        """Answers one question. Raises ModelTimeoutError."""
        with spanhouse.span("support", kind="workflow") as turn:
            turn.set_input(question.text)
            hits = self.find_articles(question.text)
            model = self.release.choose_model(self.random)
            messages = [*self.history[-MESSAGES_REMEMBERED:], _message("user", f"{_articles(hits)}\n\n{question.text}")]
            facts = self.use_tools(model, question, messages=messages)
            answer = self.release.answer(question.article, self.random, facts=facts)
            self.write(model, messages, text=answer.text)
            self.check(answer.text, hits, facts=facts)
            self.history += [_message("user", question.text), _message("assistant", answer.text)]
            turn.set_output(answer.text)
            return Reply(answer=answer, trace_id=turn.trace_id, span_id=turn.span_id)

    def find_articles(self, text: str) -> list[Hit]:
        """The articles to answer from, found by the words of the question."""
        with spanhouse.span("help-centre", kind="retrieval") as step:
            step.set_input(text)
            step.set_retrieval(top_k=TOP_K)
            with spanhouse.span("embed", kind="embedding", model="text-embedding-3-small", provider="openai") as call:
                call.set_input(text)
                self.pass_time(0.06)
                call.set_usage(input_tokens=count_tokens(text))
            self.pass_time(0.02)
            hits = _SEARCH.find(text, top_k=TOP_K)
            step.set_output([_document(hit) for hit in hits])
            return hits

    def use_tools(self, model: Model, question: Question, *, messages: list[Message]) -> str:
        """Lets the model ask for the tools of the article, and says in a sentence what the last one found.

        What was asked and found is added to the messages.
        """
        sentence = ""
        for tool in _tools_for(question.article):
            call_id = f"call_{self.random.getrandbits(48):012x}"
            request = {"type": "tool_call", "id": call_id, "name": tool, "arguments": _arguments(tool, question.order)}
            asked: Message = {"role": "assistant", "parts": [request]}
            self.complete(model, messages, output=asked)
            result, sentence = self.run_tool(tool, question.order, call_id=call_id)
            response = {"type": "tool_call_response", "id": call_id, "response": result}
            messages += [asked, {"role": "tool", "parts": [response]}]
        return sentence

    def write(self, model: Model, messages: list[Message], *, text: str) -> None:
        """The model call that writes the answer; asked again once when the provider is busy."""
        try:
            self.complete(model, messages, output=_message("assistant", text), may_fail=True)
        except RateLimitedError:
            self.pass_time(0.8)
            self.complete(model, messages, output=_message("assistant", text))

    def complete(self, model: Model, messages: list[Message], *, output: Message, may_fail: bool = False) -> None:
        """One streamed model call. Raises RateLimitedError and, seldom, ModelTimeoutError when it may fail."""
        with spanhouse.span("answer", kind="llm", model=model.name, provider=model.provider) as call:
            call.set_request(stream=True, temperature=0.2, max_tokens=400)
            call.set_input(messages, system=self.release.system_prompt)
            if may_fail and self.random.random() < self.release.failing_calls:
                self.fail()
            self.clock.wait(self.release.first_chunk_s(model, self.random))
            call.mark_first_chunk()
            input_tokens = count_tokens(self.release.system_prompt + str(messages))
            output_tokens = count_tokens(str(output))
            self.clock.wait(self.release.writing_s(model, self.random, tokens=output_tokens))
            call.set_output([output])
            call.set_response(
                model=model.served_as,
                id=f"{model.id_prefix}{self.random.getrandbits(96):024x}",
                finish_reasons=["tool_calls" if "parts" in output else "stop"],
            )
            call.set_usage(
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                cache_read_tokens=input_tokens // 2 if self.history and self.random.random() < 0.6 else 0,
            )

    def fail(self) -> None:
        """A busy provider, or one that does not answer at all."""
        if self.random.random() < 0.8:
            self.pass_time(0.15)
            raise RateLimitedError("429: rate limit reached, try again in 0.8 s")
        self.clock.wait(10.0)
        raise ModelTimeoutError("no answer after 10 s")

    def run_tool(self, tool: ToolName, order: str, *, call_id: str) -> tuple[dict[str, str], str]:
        """Runs a tool of the shop: its result, and a sentence that says it."""
        with spanhouse.span(tool, kind="tool") as step:
            step.set_tool(call_id=call_id, type="function")
            step.set_input(_arguments(tool, order))
            self.pass_time(0.18)
            result, sentence = _tool_result(tool, order)
            step.set_output(result)
            return result, sentence

    def check(self, text: str, hits: list[Hit], *, facts: str) -> None:
        """The last look at an answer: notes whether it keeps to the articles, and lets it pass."""
        with spanhouse.span("grounding", kind="guardrail") as step:
            step.set_input([_message("assistant", text)])
            self.pass_time(0.01)
            known = " ".join(hit.article.text for hit in hits) + facts
            step.set_output({"grounded": is_grounded(text, known)})

    def pass_time(self, seconds: float) -> None:
        """About so many seconds, more in a slow release."""
        self.clock.wait(seconds * self.release.slowness * self.random.uniform(0.7, 1.6))


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def _articles(hits: list[Hit]) -> str:
    return "\n\n".join(f"# {hit.article.title}\n{hit.article.text}" for hit in hits)


def _document(hit: Hit) -> Message:
    article = hit.article
    return {"id": article.id, "score": hit.score, "title": article.title, "content": article.text}


def _tools_for(article: Article) -> tuple[ToolName, ...]:
    """A refund looks at the order first."""
    if article.tool is None:
        return ()
    return ("look_up_order", "refund_order") if article.tool == "refund_order" else (article.tool,)


def _arguments(tool: ToolName, order: str) -> dict[str, str]:
    return {} if tool == "cancel_membership" else {"order": order}


def _tool_result(tool: ToolName, order: str) -> tuple[dict[str, str], str]:
    state = Random(order).choice(("received", "packed", "on its way", "delivered"))
    if tool == "look_up_order":
        return {"order": order, "state": state}, f"Your order {order} is {state}."
    if tool == "refund_order":
        return {"order": order, "refund": "started"}, f"The refund for order {order} starts."
    if tool == "change_address":
        return {"order": order, "address": "changed"}, f"The delivery address of order {order} is changed."
    return {"membership": "ended"}, "Your Larkspur Plus membership ends."

"""Chat completions: what their requests, answers and chunks say."""

from functools import partial
from typing import Any, ClassVar, Final

from openai.types.chat import ChatCompletionChunk

from spanhouse import content, conventions
from spanhouse.openai_calls import options, texts
from spanhouse.openai_calls.calls import Attributes

_OPTIONS: Final = options.SHARED | {
    "messages": options.says_nothing,
    "max_tokens": options.number(conventions.REQUEST_MAX_TOKENS, gives_way=True),
    "max_completion_tokens": options.number(conventions.REQUEST_MAX_TOKENS),
    "presence_penalty": options.number("gen_ai.request.presence_penalty"),
    "frequency_penalty": options.number("gen_ai.request.frequency_penalty"),
    "seed": options.number("gen_ai.request.seed"),
    "stop": options.stops,
    "n": options.choices,
    "response_format": options.output_format,
    "logprobs": options.says_nothing,
    "logit_bias": options.says_nothing,
    "prediction": options.says_nothing,
    "reasoning_effort": options.says_nothing,
    "verbosity": options.says_nothing,
    "web_search_options": options.says_nothing,
}
_MESSAGE_FIELDS: Final = frozenset({"role", "content", "name", "tool_calls", "tool_call_id"})
_ASSISTANT: Final = "assistant"
_MOST_PIECES: Final = 500  # of one text of a stream, before they are joined and what is too long of them is dropped
_AS_SAID: Final = {"tool_calls": "tool_call", "function_call": "tool_call"}  # finish reasons that messages name otherwise


class Chat:
    """The endpoint. ``limit_chars`` of 0 captures no texts; longer ones are cut."""

    heard: ClassVar[frozenset[type]] = frozenset({ChatCompletionChunk})

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self.listener = partial(_Listener, limit_chars)

    def request(self, kwargs: dict[str, Any]) -> Attributes | None:
        model, messages = kwargs.get("model"), kwargs.get("messages")
        if type(model) is not str or type(messages) is not list:
            return None
        attributes: Attributes = {
            conventions.OPERATION: "chat",
            conventions.PROVIDER: "openai",
            conventions.REQUEST_MODEL: model,
        }
        if len(kwargs) > 2 and not options.note(attributes, kwargs, table=_OPTIONS):  # more than the two above
            return None
        if self._limit_chars:
            try:
                sent = self._sent(messages)
            except texts.TooLongError:
                sent = texts.cut_short(messages, limit_chars=self._limit_chars)
            if sent is None:
                return None
            if sent:
                attributes[conventions.INPUT_MESSAGES] = sent
            if "tools" in kwargs and not self._add_tools(attributes, options.given(kwargs, "tools")):
                return None
        return attributes

    def _add_tools(self, attributes: Attributes, tools: Any) -> bool:
        defined = "" if tools is None else texts.function_tools(tools, within="function", limit_chars=self._limit_chars)
        if defined:
            attributes[conventions.TOOL_DEFINITIONS] = defined
        return defined is not None

    def _sent(self, messages: list[Any]) -> str | None:
        """The messages; None for a form that is not known here. Raises over the limit, and well before all is written."""
        written: list[str] = []
        chars_left = self._limit_chars
        if len(messages) > texts.FEW_MESSAGES:
            texts.look_ahead(messages, chars_left)
        for message in messages:
            one: str | None = None
            if type(message) is dict and len(message) == 2:  # role and content
                role, text = message.get("role"), message.get("content")
                if type(role) is str and type(text) is str and role != "tool" and len(text) <= chars_left <= texts.LONGEST_CHARS:
                    # All of it here: a function that is called costs a microsecond where the processor last did something else.
                    said = f'{{"content":{texts.quoted(text)},"type":"text"}}'
                    one = f'{{"role":{texts.quoted(role)},"parts":[{said}],"name":null}}'
            if one is None:
                one = _longer_message(message, chars_left)
                if one is None:
                    return None
            if one:
                written.append(one)
                chars_left -= len(one)
                if chars_left < 0:
                    raise texts.TooLongError
        whole = f"[{','.join(written)}]" if written else ""
        if len(whole) > self._limit_chars:
            raise texts.TooLongError
        return whole

    def answer(self, attributes: Attributes, answer: Any) -> None:
        if answer.model:
            attributes[conventions.RESPONSE_MODEL] = answer.model
        if answer.id:
            attributes[conventions.RESPONSE_ID] = answer.id
        reasons: list[str] = []
        written: list[str] = []
        for choice in answer.choices or ():
            reason = choice.finish_reason or "error"
            reasons.append(reason)
            if self._limit_chars:
                written.append(self._answer(choice.message, reason))
        if reasons:
            attributes[conventions.RESPONSE_FINISH_REASONS] = tuple(reasons)
        if written:
            attributes[conventions.OUTPUT_MESSAGES] = f"[{','.join(written)}]"
        if answer.usage is not None:
            _add_usage(attributes, answer.usage)
        if answer.service_tier:
            attributes["openai.response.service_tier"] = answer.service_tier
        if answer.system_fingerprint:
            attributes["openai.response.system_fingerprint"] = answer.system_fingerprint

    def _answer(self, message: Any, reason: str) -> str:
        parts = texts.calls(message.tool_calls, self._limit_chars) if message.tool_calls else []
        for text in (message.content, message.refusal):
            if text is not None:
                parts.append(texts.text_part(text if len(text) <= self._limit_chars else content.cut(text, self._limit_chars)))
        return texts.answer(message.role, parts, reason=_AS_SAID.get(reason, reason))


class _Choice:
    """One answer of a stream, as far as it was heard."""

    __slots__ = ("_limit_chars", "calls", "reason", "refusals", "texts")

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.calls: dict[int, tuple[str | None, str | None, list[str]]] = {}  # id and name of the first piece, and arguments
        self.reason: str | None = None

    def note_rest(self, delta: dict[str, Any]) -> None:
        """Takes what a chunk says besides text."""
        if delta["refusal"] is not None:
            self.refusals.append(delta["refusal"])
            self.make_room(self.refusals)
        for piece in delta["tool_calls"] or ():
            function = piece.function
            call = self.calls.setdefault(piece.index, (piece.id, function.name if function else None, []))
            if function and function.arguments:
                call[2].append(function.arguments)
                self.make_room(call[2])

    def make_room(self, pieces: list[str]) -> None:
        """Drops what is beyond the limit, but for the character by which it shows that something was."""
        if len(pieces) > _MOST_PIECES:
            pieces[:] = ["".join(pieces)[: self._limit_chars + 1]]

    def written(self) -> str:
        """The JSON of the message."""
        parts = []
        if self.texts:
            text = "".join(self.texts)
            # As in ``Chat._sent``: no function more than is needed.
            said = texts.quoted(text if len(text) <= self._limit_chars else content.cut(text, self._limit_chars))
            parts.append(f'{{"content":{said},"type":"text"}}')
        if self.refusals:
            parts.append(texts.text_part(content.cut("".join(self.refusals), self._limit_chars)))
        if self.calls:
            parts += [
                texts.tool_call(call_id, name, arguments="".join(said), limit_chars=self._limit_chars)
                for call_id, name, said in self.calls.values()
            ]
        reason = self.reason or "error"
        told = texts.quoted(_AS_SAID.get(reason, reason))
        return f'{{"role":"assistant","parts":[{",".join(parts)}],"finish_reason":{told},"name":null}}'


class _Listener:
    """Keeps the texts of a stream up to the limit, and nothing that the application could change."""

    __slots__ = ("_choices", "_id", "_limit_chars", "_model", "_tier", "_usage")

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self._choices: dict[int, _Choice] = {}
        self._id: str | None = None
        self._model: str | None = None
        self._tier: str | None = None
        self._usage: Any = None

    def note(self, chunk: Any) -> bool:
        # The application waits for each chunk. The client's models take thrice as long to give an attribute as the dictionary
        # in which they keep it.
        said = chunk.__dict__
        if not self._model:
            self._id, self._model = self._id or said["id"], said["model"]
        for choice in said["choices"] or ():
            told = choice.__dict__
            heard = self._choices.get(told["index"])
            if heard is None:
                heard = self._choices[told["index"]] = _Choice(self._limit_chars)
            if told["finish_reason"]:
                heard.reason = told["finish_reason"]
            if told["delta"] is not None:
                delta = told["delta"].__dict__
                if delta["content"] is not None:
                    pieces = heard.texts
                    pieces.append(delta["content"])
                    if len(pieces) > _MOST_PIECES:
                        heard.make_room(pieces)
                if delta["tool_calls"] is not None or delta["refusal"] is not None:
                    heard.note_rest(delta)
        if said["usage"] is not None or said["service_tier"]:
            self._usage = said["usage"] or self._usage
            self._tier = self._tier or said["service_tier"]
        return False

    def write(self, attributes: Attributes) -> None:
        if self._model:
            attributes[conventions.RESPONSE_MODEL] = self._model
        if self._id:
            attributes[conventions.RESPONSE_ID] = self._id
        reasons: list[str] = []
        written: list[str] = []
        # Loops and not comprehensions, each of which is a function that is called.
        for index in self._choices if len(self._choices) == 1 else sorted(self._choices):
            choice = self._choices[index]
            if choice.reason:
                reasons.append(choice.reason)
            if self._limit_chars:
                written.append(choice.written())
        if written:
            reasons = reasons or ["error"] * len(written)
            attributes[conventions.OUTPUT_MESSAGES] = f"[{','.join(written)}]"
        if reasons:
            attributes[conventions.RESPONSE_FINISH_REASONS] = tuple(reasons)
        if self._usage is not None:
            _add_usage(attributes, self._usage)
        if self._tier:
            attributes["openai.response.service_tier"] = self._tier


def _longer_message(message: Any, limit_chars: int) -> str | None:
    """The JSON of one message; "" for one that says nothing, None for a form that is not known here."""
    known = texts.fields(message)
    if known is None:
        return None
    if any(known[name] for name in known.keys() - _MESSAGE_FIELDS):
        return None
    role, name = known.get("role"), known.get("name")
    parts = texts.content_parts(known.get("content"), limit_chars)
    if type(role) is not str or parts is None or not (name is None or type(name) is str):
        return None
    if role == "tool":
        text = known.get("content")
        parts = [texts.tool_response(known.get("tool_call_id"), text, limit_chars=limit_chars)] if type(text) is str else None
    elif role == _ASSISTANT and known.get("tool_calls"):
        parts = [*texts.sent_calls(known["tool_calls"], limit_chars), *parts]
    if parts is None:
        return None
    return texts.message(role, parts, name=name) if parts else ""


def _add_usage(attributes: Attributes, usage: Any) -> None:
    used = usage.__dict__
    if used["prompt_tokens"] is not None:
        attributes[conventions.INPUT_TOKENS] = used["prompt_tokens"]
    if used["completion_tokens"] is not None:
        attributes[conventions.OUTPUT_TOKENS] = used["completion_tokens"]
    if used["prompt_tokens_details"] is not None:
        read = used["prompt_tokens_details"].__dict__
        if read["cached_tokens"]:
            attributes[conventions.CACHE_READ_TOKENS] = read["cached_tokens"]
        if written_tokens := read.get("cache_write_tokens"):  # older clients have none
            attributes[conventions.CACHE_WRITE_TOKENS] = written_tokens
        if read["audio_tokens"]:
            attributes["gen_ai.usage.audio.input_tokens"] = read["audio_tokens"]
    if used["completion_tokens_details"] is not None:
        written = used["completion_tokens_details"].__dict__
        if written["reasoning_tokens"]:
            attributes[conventions.REASONING_TOKENS] = written["reasoning_tokens"]
        if written["audio_tokens"]:
            attributes["gen_ai.usage.audio.output_tokens"] = written["audio_tokens"]

"""Chat completions: what their requests, answers and chunks say."""

from collections.abc import Iterable
from typing import Any, Final

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
_AS_SAID: Final = {"tool_calls": "tool_call", "function_call": "tool_call"}  # finish reasons that messages name otherwise


class Chat:
    """The endpoint. ``limit_chars`` of 0 captures no texts; longer ones are cut."""

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars

    def request(self, kwargs: dict[str, Any]) -> Attributes | None:
        model, messages = kwargs.get("model"), kwargs.get("messages")
        if type(model) is not str or type(messages) is not list or len(messages) > content.MOST_VALUES:
            return None
        attributes: Attributes = {
            conventions.OPERATION: "chat",
            conventions.PROVIDER: "openai",
            conventions.REQUEST_MODEL: model,
        }
        if len(kwargs) > 2 and not options.note(attributes, kwargs, table=_OPTIONS):  # more than the two above
            return None
        return attributes if not self._limit_chars or self._add_texts(attributes, kwargs, messages) else None

    def _add_texts(self, attributes: Attributes, kwargs: dict[str, Any], messages: list[Any]) -> bool:
        try:
            sent = self._sent(messages)
        except texts.TooLongError:
            sent = texts.cut_short(messages, limit_chars=self._limit_chars)
        if sent is None:
            return False
        if sent:
            attributes[conventions.INPUT_MESSAGES] = sent
        tools = options.given(kwargs, "tools") if "tools" in kwargs else None
        if tools is not None:
            defined = texts.function_tools(tools, within="function")
            if defined is None:
                return False
            if defined:
                attributes[conventions.TOOL_DEFINITIONS] = defined
        return True

    def _sent(self, messages: list[Any]) -> str | None:
        """The messages; None for a form that is not known here. Raises over the limit, and well before all is written."""
        written: list[str] = []
        chars_left = self._limit_chars
        for message in messages:
            one = _message(message)
            if one is None:
                return None
            if one:
                written.append(one)
                chars_left -= len(one)
                if chars_left < 0:
                    raise texts.TooLongError
        return texts.listed(written, self._limit_chars)

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
        parts = _tool_calls(message.tool_calls) if message.tool_calls else []
        for text in (message.content, message.refusal):
            if text is not None:
                parts.append(texts.text_part(text if len(text) <= self._limit_chars else content.cut(text, self._limit_chars)))
        return texts.answer(message.role, parts, reason=_AS_SAID.get(reason, reason))

    def listener(self) -> "_Listener":
        return _Listener(self._limit_chars)


class _Choice:
    """One answer of a stream, as far as it was heard."""

    __slots__ = ("calls", "reason", "refusals", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.calls: dict[int, list[Any]] = {}  # id and name of the first piece, then its arguments piece by piece
        self.reason: str | None = None

    def note_calls(self, pieces: Iterable[Any]) -> None:
        for piece in pieces:
            function = piece.function
            call = self.calls.setdefault(piece.index, [piece.id, function.name if function else None])
            if function and function.arguments:
                call.append(function.arguments)


class _Listener:
    """Keeps the texts of a stream up to the limit."""

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self._choices: dict[int, _Choice] = {}
        self._id: str | None = None
        self._model: str | None = None
        self._tier: str | None = None
        self._usage: Any = None

    def note(self, chunk: Any) -> bool:
        if not self._model:
            self._id, self._model = self._id or chunk.id, chunk.model
        for choice in chunk.choices or ():
            heard = self._choices.get(choice.index)
            if heard is None:
                heard = self._choices[choice.index] = _Choice()
            if choice.finish_reason:
                heard.reason = choice.finish_reason
            delta = choice.delta
            if delta is None:
                continue
            if delta.content is not None:
                heard.texts.append(delta.content)
            if delta.refusal is not None:
                heard.refusals.append(delta.refusal)
            if delta.tool_calls is not None:
                heard.note_calls(delta.tool_calls)
        if chunk.usage is not None or chunk.service_tier:
            self._usage = chunk.usage or self._usage
            self._tier = self._tier or chunk.service_tier
        return False

    def write(self, attributes: Attributes) -> None:
        heard = [self._choices[index] for index in sorted(self._choices)]
        if self._model:
            attributes[conventions.RESPONSE_MODEL] = self._model
        if self._id:
            attributes[conventions.RESPONSE_ID] = self._id
        reasons = [choice.reason for choice in heard if choice.reason]
        if reasons:
            attributes[conventions.RESPONSE_FINISH_REASONS] = tuple(reasons)
        if heard and self._limit_chars:
            attributes.setdefault(conventions.RESPONSE_FINISH_REASONS, ("error",) * len(heard))
            attributes[conventions.OUTPUT_MESSAGES] = f"[{','.join(map(self._answer, heard))}]"
        if self._usage is not None:
            _add_usage(attributes, self._usage)
        if self._tier:
            attributes["openai.response.service_tier"] = self._tier

    def _answer(self, choice: _Choice) -> str:
        parts = [
            texts.text_part(content.cut("".join(pieces), self._limit_chars))
            for pieces in (choice.texts, choice.refusals)
            if pieces
        ]
        parts += [texts.tool_call(call_id, name, arguments="".join(pieces)) for call_id, name, *pieces in choice.calls.values()]
        reason = choice.reason or "error"
        return texts.answer(_ASSISTANT, parts, reason=_AS_SAID.get(reason, reason))


def _message(message: Any) -> str | None:
    """The JSON of one message; "" for one that says nothing, None for a form that is not known here."""
    if type(message) is dict and len(message) == 2:  # role and content
        role, text = message.get("role"), message.get("content")
        if type(role) is str and type(text) is str and role != "tool":
            return f'{{"role":{texts.quoted(role)},"parts":[{texts.sent_part(text)}],"name":null}}'
    return _longer_message(message)


def _longer_message(message: Any) -> str | None:
    known = texts.fields(message)
    if known is None:
        return None
    if any(known[name] for name in known.keys() - _MESSAGE_FIELDS):
        return None
    role, name = known.get("role"), known.get("name")
    parts = texts.content_parts(known.get("content"))
    if type(role) is not str or parts is None or not (name is None or type(name) is str):
        return None
    if role == "tool":
        text = known.get("content")
        parts = [texts.tool_response(known.get("tool_call_id"), text)] if type(text) is str else None
    elif role == _ASSISTANT and known.get("tool_calls"):
        parts = [*_tool_calls(known["tool_calls"]), *parts]
    if parts is None:
        return None
    return texts.message(role, parts, name=name) if parts else ""


def _tool_calls(calls: Iterable[Any]) -> list[str]:
    written = []
    for call in calls:
        known = call if type(call) is dict else vars(call)
        function = known.get("function") or {}
        named = function if type(function) is dict else vars(function)
        written.append(texts.tool_call(known.get("id"), named.get("name") or "", arguments=named.get("arguments")))
    return written


def _add_usage(attributes: Attributes, usage: Any) -> None:
    if usage.prompt_tokens is not None:
        attributes[conventions.INPUT_TOKENS] = usage.prompt_tokens
    if usage.completion_tokens is not None:
        attributes[conventions.OUTPUT_TOKENS] = usage.completion_tokens
    if (read := usage.prompt_tokens_details) is not None:
        if read.cached_tokens:
            attributes[conventions.CACHE_READ_TOKENS] = read.cached_tokens
        if written_tokens := vars(read).get("cache_write_tokens"):  # older clients have none
            attributes[conventions.CACHE_WRITE_TOKENS] = written_tokens
        if read.audio_tokens:
            attributes["gen_ai.usage.audio.input_tokens"] = read.audio_tokens
    if (written := usage.completion_tokens_details) is not None:
        if written.reasoning_tokens:
            attributes[conventions.REASONING_TOKENS] = written.reasoning_tokens
        if written.audio_tokens:
            attributes["gen_ai.usage.audio.output_tokens"] = written.audio_tokens

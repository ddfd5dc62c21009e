"""``context(...)``: who and what a stretch of code is about, written on every span started inside it.

The attributes ride in the OpenTelemetry context, so they reach the spans of other instrumentations too, and stay in
this process: nothing goes into outgoing headers unless baggage is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from opentelemetry import baggage as otel_baggage
from opentelemetry import context as otel_context
from opentelemetry.util.types import AttributeValue

from spanhouse import content, conventions, faults

_KEY: Final = otel_context.create_key("spanhouse-attributes")
# A context may be entered before ``init`` says what the limit is. What is longer is no metadata.
_METADATA_LIMIT_CHARS: Final = 100_000
_NOTHING: Final[Mapping[str, AttributeValue]] = {}


@contextmanager
def context(
    *,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Sequence[str] | None = None,
    metadata: Mapping[str, object] | None = None,
    prompt: tuple[str, str] | None = None,
    baggage: bool = False,
) -> Iterator[None]:
    """Puts session, user, tags, metadata and prompt (name, version) on every span started inside.

    Nested contexts add up: tags join, metadata merges, the inner value of the rest wins. ``baggage=True`` also sends
    session and user to the services called from here, in the headers of every outgoing request that carries baggage.
    Metadata that is no text or number is written as JSON, each value up to 100,000 characters.
    """
    new: dict[str, AttributeValue] = {}
    _add_names(new, session_id, user_id, prompt)
    _add_free(new, tags, metadata)
    token = otel_context.attach(_enter(new, baggage))
    try:
        yield
    finally:
        otel_context.detach(token)


def attributes_in(context: otel_context.Context | None) -> Mapping[str, AttributeValue]:
    """The attributes that spans started in this context carry; None means the current context."""
    found = (otel_context.get_current() if context is None else context).get(_KEY)
    return found if isinstance(found, dict) else _NOTHING


@faults.contained(None)
def _add_names(
    new: dict[str, AttributeValue], session_id: str | None, user_id: str | None, prompt: tuple[str, str] | None
) -> None:
    if session_id is not None:
        new[conventions.SESSION_ID] = new[conventions.CONVERSATION_ID] = str(session_id)
    if user_id is not None:
        new[conventions.USER_ID] = str(user_id)
    if prompt is not None:
        given: Any = prompt  # what people write and the types rule out
        if not isinstance(given, tuple | list) or len(given) != 2:  # two letters would be a name and a version, too
            raise ValueError(f"prompt is {prompt!r}; give its name and version, such as ('support', '7')")
        name, version = prompt
        new[conventions.PROMPT_NAME] = str(name)
        if version is not None:
            new[conventions.PROMPT_VERSION] = str(version)


@faults.contained(None)
def _add_free(new: dict[str, AttributeValue], tags: Sequence[str] | None, metadata: Mapping[str, object] | None) -> None:
    if tags:
        wanted = [tags] if isinstance(tags, str) else islice(tags, content.MOST_VALUES)
        already = attributes_in(None).get(conventions.TAGS, ())
        known = list(already) if isinstance(already, list | tuple) else []
        seen = set(known)
        new[conventions.TAGS] = [*known, *(str(tag) for tag in wanted if str(tag) not in seen)]
    for key, value in islice((metadata or {}).items(), content.MOST_VALUES):
        plain = isinstance(value, str | bool | int | float)
        text = value if plain else content.json_with_strings(value, limit_chars=_METADATA_LIMIT_CHARS)
        new[conventions.METADATA_PREFIX + str(key)] = text  # type: ignore[assignment]  # narrowed by ``plain``


def _enter(new: Mapping[str, AttributeValue], baggage: bool) -> otel_context.Context:
    try:
        inner = otel_context.set_value(_KEY, {**attributes_in(None), **new})
        if baggage:
            for key in (conventions.SESSION_ID, conventions.USER_ID):
                if key in new:
                    inner = otel_baggage.set_baggage(key, new[key], inner)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the block runs, whatever it is about
        faults.record("context", error)
        return otel_context.get_current()
    return inner

"""An OpenAI-compatible endpoint that answers in JSON: time limits, retries, rate limits, and how many calls at once.

Must not know what it is asked. Nothing is sent anywhere but to the address it was given.
"""

import asyncio
import json
import math
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

import httpx2

from spanhouse_evaluators.contract import FailureKind

RETRIED = frozenset({408, 429, 500, 502, 503, 504})

MAX_BODY_BYTES = 4_000_000
"""A verdict and its reason are a few hundred; an endpoint that sends without an end must not fill the memory here."""

MAX_COUNTED_TOKENS = 10**9
"""More than any call can take: such a figure is no count."""

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a call took, as the endpoint reported it; `are_known` is false where it answered and did not say."""

    input: int = 0
    output: int = 0
    are_known: bool = True


class EndpointError(Exception):
    """No usable answer came; `kind` says why, `tokens` what it took all the same, `lost` how many tries went unanswered.

    `is_counted`: what it took was counted already, with the reply that turned out to be of no use.
    """

    def __init__(self, kind: FailureKind, message: str, *, tokens: Tokens | None = None, is_counted: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.tokens = tokens or Tokens()
        self.lost = 0
        self.is_counted = is_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Where a judge model answers, and the bounds of asking it. Prices are those of the endpoint's operator."""

    #: Base address, such as http://127.0.0.1:8080/v1.
    url: str
    model: str
    api_key: str = ""
    #: Calls in flight at one time, over all judges that share the endpoint.
    concurrency: int = 8
    #: Longest time for one try, in seconds.
    timeout_s: float = 60.0
    #: Tries for one answer, the first one among them.
    tries: int = 3
    #: Longest wait between two tries, in seconds, whatever Retry-After asks for.
    max_wait_s: float = 30.0
    max_output_tokens: int = 256
    input_usd_per_million: float = 0.0
    output_usd_per_million: float = 0.0

    @property
    def evaluations(self) -> int:
        """Evaluations to have in hand at one time: a quarter more than calls, so that no call waits for what others book."""
        return self.concurrency + math.ceil(self.concurrency / 4)

    def cost_usd(self, tokens: Tokens) -> float:
        """Return what these tokens cost."""
        return (tokens.input * self.input_usd_per_million + tokens.output * self.output_usd_per_million) / 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model answered, and what it took; `lost` tries before went unanswered, and may be charged all the same."""

    document: Json
    tokens: Tokens
    lost: int = 0


class Endpoint:
    """One endpoint for all judges that use it, from any thread or event loop. `close` once nobody asks any more."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop = asyncio.new_event_loop()
        self._welcome_at_s = 0.0

    async def ask(self, messages: list[dict[str, str]], *, schema: Json) -> Reply:
        """Return the model's JSON document, which the endpoint was told to fit to the schema.

        Raises EndpointError.
        """
        with self._lock:
            if self._thread is None:
                # A loop of its own, because the pool and the limit are shared by callers from many loops.
                self._thread = threading.Thread(target=self._loop.run_forever, name="judge-endpoint", daemon=True)
                self._thread.start()
        asked = asyncio.run_coroutine_threadsafe(self._ask(messages, schema), self._loop)
        return await asyncio.wrap_future(asked)

    def close(self) -> None:
        """Close the connections and end the thread. May be called twice."""
        with self._lock:
            if self._thread is not None:
                asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result()
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._thread = None
            self._loop.close()

    @cached_property
    def _client(self) -> httpx2.AsyncClient:
        key = self.settings.api_key
        return httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            # The whole try is bounded below; a slow trickle would pass limits on single reads.
            timeout=None,
            limits=httpx2.Limits(max_connections=self.settings.concurrency),
        )

    @cached_property
    def _slots(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.settings.concurrency)

    async def _ask(self, messages: list[dict[str, str]], schema: Json) -> Reply:
        body = {
            "model": self.settings.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": self.settings.max_output_tokens,
            "response_format": {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": schema}},
        }
        lost = list[Exception]()
        async with self._slots:
            try:
                return replace(_reply(await self._post(body, lost)), lost=len(lost))
            except EndpointError as error:
                error.lost = len(lost)
                raise

    async def _post(self, body: Json, lost: list[Exception]) -> bytes:
        """Return the body of the first successful try; those whose end is unknown go to `lost`."""
        for left in range(self.settings.tries - 1, -1, -1):
            await self._until_welcome()
            try:
                async with asyncio.timeout(self.settings.timeout_s):
                    response, content = await self._answer(body)
                if response.status_code == HTTPStatus.OK:
                    return content
                wait_s = _retry_after_s(response.headers.get("retry-after", ""))
                self._hold_back(wait_s)  # also on the last try: others are about to begin
                if response.status_code not in RETRIED or not left:
                    said = content[:1_000].decode(errors="replace")[:200]
                    raise EndpointError(FailureKind.ENDPOINT, f"the endpoint answered {response.status_code}: {said}")
            except TimeoutError as error:
                lost.append(error)
                if not left:
                    raise EndpointError(FailureKind.TIMEOUT, f"no answer within {self.settings.timeout_s} s") from None
                wait_s = None
            except httpx2.RequestError as error:
                if not isinstance(error, httpx2.ConnectError):  # else nothing was sent
                    lost.append(error)
                if not left:
                    raise EndpointError(FailureKind.ENDPOINT, f"the endpoint cannot be reached: {error}") from error
                wait_s = None
            await asyncio.sleep(min(self.settings.max_wait_s, self._backoff_s(left) if wait_s is None else wait_s))
        raise EndpointError(FailureKind.ENDPOINT, "the endpoint was given no try; set tries to 1 or more")

    async def _answer(self, body: Json) -> tuple[httpx2.Response, bytes]:
        """Return one try's answer and its content, as far as it is read: one that is longer than a bound is given up."""
        url, content = f"{self.settings.url.rstrip('/')}/chat/completions", bytearray()
        async with self._client.stream("POST", url, json=body) as response:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MAX_BODY_BYTES:
                    raise EndpointError(
                        FailureKind.PARSE_ERROR,
                        f"the endpoint's answer is longer than {MAX_BODY_BYTES} bytes",
                        tokens=Tokens(are_known=False),
                    )
        return response, bytes(content)

    def _hold_back(self, wait_s: float | None) -> None:
        """Let no call begin for as long as the endpoint asked one of them to wait: the limit is on all of them."""
        if wait_s is not None:
            until_s = self._loop.time() + min(wait_s, self.settings.max_wait_s)
            self._welcome_at_s = max(self._welcome_at_s, until_s)

    async def _until_welcome(self) -> None:
        while (wait_s := self._welcome_at_s - self._loop.time()) > 0:  # noqa: ASYNC110 - a clock, which nobody sets
            await asyncio.sleep(wait_s)

    def _backoff_s(self, left: int) -> float:
        """Return a random wait that doubles with each try, so that judges which failed together do not return together."""
        longest_s = 0.5 * 2.0 ** (self.settings.tries - 1 - left)
        return random.uniform(longest_s / 2, longest_s)  # noqa: S311 - jitter, not a secret


def _retry_after_s(header: str) -> float | None:
    """Return the seconds that a Retry-After header asks for, a number or a date (RFC 9110, 10.2.3); `None` for anything else."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def _tokens(usage: object) -> Tokens:
    """Return what the endpoint reported; a figure that is missing or no count makes all of them unknown."""
    found = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")] if isinstance(usage, dict) else [None]
    counts = [count for count in found if isinstance(count, int) and 0 <= count <= MAX_COUNTED_TOKENS]
    return Tokens(input=counts[0], output=counts[1]) if len(counts) == 2 else Tokens(are_known=False)


def _text(content: object) -> str:
    """Return the text of a message, which may come in parts. Raises TypeError, LookupError for what has none."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part.get("type") == "text")
    if not isinstance(content, str | None):
        raise TypeError(f"its content is {type(content).__name__}")
    return content or ""


def _reply(body: bytes) -> Reply:
    """Return the answer in a chat completion; raises EndpointError when it is cut off or no JSON object."""
    tokens = Tokens(are_known=False)
    try:
        completion: dict[str, Any] = json.loads(body)
        tokens = _tokens(completion.get("usage"))
        choice = completion["choices"][0]
        text, finish = _text(choice["message"]["content"]), choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        refused = f"the endpoint's answer is no chat completion: {str(error)[:200]!r}"
        # It answered all the same, and may charge for that.
        raise EndpointError(FailureKind.PARSE_ERROR, refused, tokens=tokens) from error
    if finish == "length":
        raise EndpointError(FailureKind.TRUNCATED, f"the answer was cut off after {tokens.output} tokens", tokens=tokens)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EndpointError(FailureKind.PARSE_ERROR, f"the model's answer is not JSON: {error}", tokens=tokens) from error
    if not isinstance(document, dict):
        raise EndpointError(FailureKind.PARSE_ERROR, "the model's answer is not a JSON object", tokens=tokens)
    return Reply(document=document, tokens=tokens)

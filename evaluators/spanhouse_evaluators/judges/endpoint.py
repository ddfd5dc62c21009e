"""An OpenAI-compatible endpoint that answers in JSON: time limits, retries, rate limits, and how many calls at once.

Must not know what it is asked. Nothing is sent anywhere but to the address it was given.
"""

import asyncio
import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

import httpx2

from spanhouse_evaluators.contract import FailureKind

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a call took, as the endpoint reported it; 0 where it reported nothing."""

    input: int = 0
    output: int = 0


class EndpointError(Exception):
    """No usable answer came; `kind` says why, `tokens` what it took all the same."""

    def __init__(self, kind: FailureKind, message: str, *, tokens: Tokens | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.tokens = tokens or Tokens()


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

    def cost_usd(self, tokens: Tokens) -> float:
        """Return what these tokens cost."""
        return (tokens.input * self.input_usd_per_million + tokens.output * self.output_usd_per_million) / 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model answered, and what it took."""

    document: Json
    tokens: Tokens


class Endpoint:
    """One endpoint for all judges that use it, from any thread or event loop. `close` once nobody asks any more."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop = asyncio.new_event_loop()

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
        async with self._slots:
            return _reply(await self._post(body))

    async def _post(self, body: Json) -> bytes:
        """Return the body of the first successful try."""
        for left in range(self.settings.tries - 1, -1, -1):
            try:
                async with asyncio.timeout(self.settings.timeout_s):
                    response = await self._client.post(f"{self.settings.url.rstrip('/')}/chat/completions", json=body)
                if response.status_code == HTTPStatus.OK:
                    return response.content
                if response.status_code not in RETRIED or not left:
                    raise EndpointError(
                        FailureKind.ENDPOINT, f"the endpoint answered {response.status_code}: {response.text[:200]}"
                    )
                wait_s = _retry_after_s(response.headers.get("retry-after", ""))
            except TimeoutError:
                if not left:
                    raise EndpointError(FailureKind.TIMEOUT, f"no answer within {self.settings.timeout_s} s") from None
                wait_s = None
            except httpx2.TransportError as error:
                if not left:
                    raise EndpointError(FailureKind.ENDPOINT, f"the endpoint cannot be reached: {error}") from error
                wait_s = None
            await asyncio.sleep(min(self.settings.max_wait_s, self._backoff_s(left) if wait_s is None else wait_s))
        raise EndpointError(FailureKind.ENDPOINT, "the endpoint was given no try; set tries to 1 or more")

    def _backoff_s(self, left: int) -> float:
        """Return a random wait that doubles with each try, so that judges which failed together do not return together."""
        longest_s = 0.5 * 2.0 ** (self.settings.tries - 1 - left)
        return random.uniform(longest_s / 2, longest_s)  # noqa: S311 - jitter, not a secret


def _retry_after_s(header: str) -> float | None:
    """Return the seconds of a Retry-After header; dates are rare on these endpoints and are left to the back-off."""
    return float(header) if header.isdecimal() else None


def _reply(body: bytes) -> Reply:
    """Return the answer in a chat completion; raises EndpointError when it is cut off or no JSON object."""
    try:
        completion: dict[str, Any] = json.loads(body)
        choice = completion["choices"][0]
        text = choice["message"]["content"] or ""
        usage = completion.get("usage") or {}
        tokens = Tokens(input=int(usage.get("prompt_tokens", 0)), output=int(usage.get("completion_tokens", 0)))
    except (ValueError, LookupError, TypeError) as error:
        raise EndpointError(FailureKind.PARSE_ERROR, f"the endpoint's answer is no chat completion: {error!r}") from error
    if choice.get("finish_reason") == "length":
        raise EndpointError(FailureKind.TRUNCATED, f"the answer was cut off after {tokens.output} tokens", tokens=tokens)
    try:
        document = json.loads(text)
    except ValueError as error:
        raise EndpointError(FailureKind.PARSE_ERROR, f"the model's answer is not JSON: {error}", tokens=tokens) from error
    if not isinstance(document, dict):
        raise EndpointError(FailureKind.PARSE_ERROR, "the model's answer is not a JSON object", tokens=tokens)
    return Reply(document=document, tokens=tokens)

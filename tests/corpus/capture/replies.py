"""What the fake model answers, and how many tokens it says it used. Must not know any API's wire format.

Each question has its own counts, so that a count in the wrong place shows.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL = "gpt-4o-mini"
DATED_MODEL = "gpt-4o-mini-2024-07-18"
CLAUDE = "claude-sonnet-4-5"
DATED_CLAUDE = "claude-sonnet-4-5-20250929"
EMBEDDER = "text-embedding-3-small"
# A request for it is answered with 404.
UNKNOWN_MODEL = "no-such-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer; `input` includes what was read from and written to the cache, `output` what was only thought."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer in words, or the call of a tool."""

    usage: Usage
    words: tuple[str, ...] = ()
    tool: str = ""
    arguments: str = ""

    @property
    def text(self) -> str:
        return "".join(self.words)


REFUND = Reply(
    words=("Five ", "days."),
    usage=Usage(input=21, output=5, cache_read=8, cache_write=4, reasoning=2),
)
ORDER_CALL = Reply(tool="get_order", arguments='{"order_id":"4711"}', usage=Usage(input=48, output=17))
ORDER = Reply(words=("It arrives ", "on Friday."), usage=Usage(input=70, output=9, cache_read=32))
OTHER = Reply(words=("Gladly.",), usage=Usage(input=10, output=3))
EMBEDDING_TOKENS = 4
VECTOR = (0.25, -0.5, 0.75)


def reply_to(conversation: str, *, offers_tools: bool, has_tool_result: bool) -> Reply:
    """The answer to a conversation, given as text."""
    if "4711" in conversation:
        return ORDER_CALL if offers_tools and not has_tool_result else ORDER
    return REFUND if "refund" in conversation else OTHER

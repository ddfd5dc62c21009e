"""Kinds of usage that some models price apart, and that spans count in attributes of their own.

Must not know what anything costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from spanhouse_collector.ingest.dialects import names

#: Parts of a cost: what a kind falls under, and is priced as where it has no price of its own; `request` is free then.
Part = Literal["input", "cache_read", "cache_write", "output", "reasoning", "request"]
#: Kinds by the names of genai-prices. What is not here no span counts: characters, pages, seconds of audio, messages, searches of
#: files, citations.
KindName = Literal[
    "input_audio",
    "input_image",
    "input_video",
    "cache_audio_read",
    "cache_image_read",
    "cache_write_1h",
    "output_audio",
    "output_image",
    "output_video",
    "output_reasoning",
    "web_searches",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The attribute that counts it (cost.part lists these), the part it falls under, and the kind of those read from a cache."""

    attribute: str
    part: Part
    cached: KindName | None = None


KINDS: Mapping[KindName, Kind] = {
    "input_audio": Kind(attribute=names.AUDIO_INPUT_TOKENS, part="input", cached="cache_audio_read"),
    "input_image": Kind(attribute=names.IMAGE_INPUT_TOKENS, part="input", cached="cache_image_read"),
    "input_video": Kind(attribute=names.VIDEO_INPUT_TOKENS, part="input"),
    "cache_audio_read": Kind(attribute=names.AUDIO_CACHE_READ_TOKENS, part="cache_read"),
    "cache_image_read": Kind(attribute=names.IMAGE_CACHE_READ_TOKENS, part="cache_read"),
    "cache_write_1h": Kind(attribute=names.CACHE_WRITE_1H_TOKENS, part="cache_write"),
    "output_audio": Kind(attribute=names.AUDIO_OUTPUT_TOKENS, part="output"),
    "output_image": Kind(attribute=names.IMAGE_OUTPUT_TOKENS, part="output"),
    "output_video": Kind(attribute=names.VIDEO_OUTPUT_TOKENS, part="output"),
    "output_reasoning": Kind(attribute=names.REASONING_TOKENS, part="reasoning"),
    "web_searches": Kind(attribute=names.WEB_SEARCHES, part="request"),
}
KIND_NAMES: tuple[KindName, ...] = get_args(KindName)

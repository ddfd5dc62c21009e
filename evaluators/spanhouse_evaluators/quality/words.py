"""Words of a text, as the lexical evaluators count them.

Must not know what the words are compared for.
"""

import re
from functools import lru_cache

# Chinese, Japanese and Korean are written without spaces between words, so there each
# character counts as one; otherwise a whole sentence would be a single word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


# Evaluators are asked about a span one after the other, and each would cut the same answer up again.
@lru_cache(maxsize=16)
def words(text: str) -> tuple[str, ...]:
    """Return the words in order, lower-cased; punctuation separates and is dropped."""
    return tuple(_WORD.findall(text.lower()))

"""Words of a text, as the lexical evaluators count them.

Must not know what the words are compared for.
"""

import re

# Chinese, Japanese and Korean are written without spaces between words, so there each
# character counts as one; otherwise a whole sentence would be a single word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def words(text: str) -> list[str]:
    """Return the words in order, lower-cased; punctuation separates and is dropped."""
    return _WORD.findall(text.lower())

"""Words of texts, as the lexical evaluators count them.

Must not know what the words are compared for.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_evaluators.frames import Column

# Chinese, Japanese and Korean are written without spaces between words, so there each
# character counts as one; otherwise a whole sentence would be a single word.
_UNSPACED = r"\x{3040}-\x{30ff}\x{3400}-\x{9fff}\x{ac00}-\x{d7af}"
_WORD = rf"[{_UNSPACED}]|[\w--[{_UNSPACED}]]+"


_FOLDED = bytes(ord(chr(c).lower()) if c < 128 and (chr(c).isalnum() or chr(c) == "_") else 32 for c in range(256))
"""What each character of ASCII becomes: a small letter, or a space where it separates."""


ROWS_AT_ONCE = 500
"""The words of so many texts fit into a processor's cache, where looking one up takes a third of the time."""


def words(texts: pl.Series) -> pl.Series:
    """Return the words of each text in order, lower-cased; punctuation separates and is dropped. Null stays null."""
    starts = range(0, max(1, len(texts)), ROWS_AT_ONCE)
    return pl.concat([_words(texts.slice(start, ROWS_AT_ONCE)) for start in starts])


def _words(texts: pl.Series) -> pl.Series:
    is_other = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(True)
    found = _of_ascii(texts.set(is_other, ""))
    if not is_other.any():
        return found
    # Only where it is needed: the expression takes three times as long.
    return texts.str.to_lowercase().set(~is_other, "").str.extract_all(_WORD).zip_with(is_other, found)


def _of_ascii(texts: pl.Series) -> pl.Series:
    """Return the same for plain ASCII: separators become one space, by counting over all texts as one row of bytes."""
    whole = texts.str.join("\n", ignore_nulls=False).item() or ""
    folded = np.frombuffer(bytearray(whole, "ascii").translate(_FOLDED), dtype=np.uint8)
    ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1) - 1
    folded[ends[:-1]] = _END
    is_gap, is_dropped = folded <= _SPACE, folded == _SPACE
    is_dropped[1:] &= is_gap[:-1]
    kept = folded[~is_dropped].tobytes().decode("ascii")
    lines = pl.Series([kept]).str.split("\n").explode().str.strip_chars_end(" ")
    return lines.str.split(" ").set(lines == "", []) if len(texts) else texts.str.split(" ")


_SPACE, _END = 32, 10


def share_found(some: pl.Series, others: pl.Series) -> pl.Series:
    """Return for each row of two columns of words the share of the first one's words that the second one has as well.

    Repeated words count each time; NaN where the first one has none.
    """
    found = [_keys(one).is_in(_keys(other).implode()).to_numpy() for one, other in _pieces(some, others)]
    sizes = _sizes(some)
    with np.errstate(invalid="ignore"):
        return pl.Series(_summed(np.concatenate([*found, np.empty(0)]), sizes) / sizes)


def n_shared(some: pl.Series, others: pl.Series) -> pl.Series:
    """Return for each row of two columns of words how many both have; one that each has twice counts twice."""
    found = [np.empty(0)]
    for one, other in _pieces(some, others):
        rows = np.repeat(np.arange(len(one)), _sizes(one))
        ours = pl.DataFrame({"key": _keys(one), "row": rows}).group_by("key").agg(pl.len(), pl.first("row"))
        theirs = pl.DataFrame({"key": _keys(other)}).group_by("key").len()
        both = ours.join(theirs, on="key").select("row", n=pl.min_horizontal("len", "len_right"))
        weights = both["n"].to_numpy().astype(np.float64)
        found.append(np.bincount(both["row"].to_numpy(), weights=weights, minlength=len(one)).astype(np.float64))
    return pl.Series(np.concatenate(found))


def _pieces(some: pl.Series, others: pl.Series) -> Iterator[tuple[pl.Series, pl.Series]]:
    for start in range(0, len(some), ROWS_AT_ONCE):
        yield some.slice(start, ROWS_AT_ONCE), others.slice(start, ROWS_AT_ONCE)


def _sizes(texts: pl.Series) -> NDArray[np.int64]:
    return texts.list.len().fill_null(0).to_numpy().astype(np.int64)


def _summed(values: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of each row's values, given how many each row has."""
    return np.bincount(np.repeat(np.arange(len(sizes)), sizes), weights=values, minlength=len(sizes)).astype(np.float64)


def _keys(texts: pl.Series) -> pl.Series:
    """Return 64 bits for each word of each row, which two words of two rows share once in 10^19 pairs."""
    sizes = _sizes(texts)
    rows = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    flat = texts.filter(pl.Series(sizes > 0)).explode(empty_as_null=False).hash().to_numpy()
    # The odd number of Fibonacci hashing spreads neighbouring rows over all bits.
    return pl.Series(flat ^ (rows * np.uint64(0x9E37_79B9_7F4A_7C15)))


OUTPUT_WORDS = Column("output_words", lambda frame: words(frame["output"]))
REFERENCE_WORDS = Column("reference_words", lambda frame: words(frame["reference"]))
DOCUMENT_WORDS = Column("document_words", lambda frame: words(frame["documents"].list.join("\n")))

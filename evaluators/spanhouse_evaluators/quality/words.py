"""Words of texts, as the lexical evaluators count and compare them: each word as a key of 64 bits, made once for all of them.

Making a string of each word takes several times as long as all that is done with it. Must not know what words are compared for.
"""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_evaluators.frames import Column

# Chinese, Japanese and Korean are written without spaces between words, so there each
# character counts as one; otherwise a whole sentence would be a single word.
_UNSPACED = r"\x{3040}-\x{30ff}\x{3400}-\x{9fff}\x{ac00}-\x{d7af}"
_WORD = rf"[{_UNSPACED}]|[\w--[{_UNSPACED}]]+"

_FOLDED = bytes(ord(chr(c).lower()) if chr(c).isalnum() or chr(c) == "_" or c >= 128 else 32 for c in range(256))
"""What each byte becomes: a small letter, or a space where it separates; other bytes than ASCII's come in words alone."""

_SPACE = 32
_KEY_BYTES = 8

ROWS_AT_ONCE = 512
"""The words of so many texts fit into a processor's cache; and a row has nine bits of what words are looked up by."""

_ROW_BITS = 9

_LONG_BYTES = 64
"""Longer words have their key from a hash of all their bytes at once: there are few, and text without spaces may be megabytes."""

_MASKS = np.array([(1 << 8 * n) - 1 for n in range(_KEY_BYTES + 1)], dtype=np.uint64)

Keys = NDArray[np.uint64]


def word_keys(texts: pl.Series) -> pl.Series:
    """Return the words of each text in order, eight bytes for each; null stays null.

    Case and punctuation are ignored. Of words of up to eight bytes no two have the same key; others share one by chance, once in
    10^19 pairs.
    """
    if texts.null_count() == len(texts):
        return pl.Series(values=[None], dtype=pl.Binary).new_from_index(0, len(texts))
    starts = range(0, len(texts), ROWS_AT_ONCE)
    return pl.concat([_keys(texts.slice(start, ROWS_AT_ONCE)) for start in starts])


def n_words(keys: pl.Series) -> pl.Series:
    """Return how many words each row of `word_keys` has; null stays null."""
    return keys.bin.size().cast(pl.Int64) // _KEY_BYTES


def flat(keys: pl.Series) -> tuple[Keys, NDArray[np.int64]]:
    """Return the keys of all rows in one row, and how many each row has."""
    sizes = n_words(keys).fill_null(0).to_numpy().astype(np.int64)
    return np.frombuffer(b"".join(keys.drop_nulls().to_list()), dtype=np.uint64), sizes


def _keys(texts: pl.Series) -> pl.Series:
    is_other = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(False)
    plain = texts.fill_null("")
    if is_other.any():
        # Only where it is needed: the expression takes ten times as long.
        spelt = texts.set(~is_other, "").str.to_lowercase().str.extract_all(_WORD).list.join(" ")
        plain = spelt.zip_with(is_other, plain)
    found = _of_folded(plain)
    return found.set(texts.is_null(), None) if texts.null_count() else found


def _of_folded(texts: pl.Series) -> pl.Series:
    """Return the keys of what lies between separators of ASCII, by counting over all texts as one row of bytes."""
    whole = "\n".join(texts.to_list()).encode().translate(_FOLDED)
    is_word = np.zeros(len(whole) + 2, dtype=np.int8)
    is_word[1:-1] = np.frombuffer(whole, dtype=np.uint8) > _SPACE
    steps = np.diff(is_word)
    starts, ends = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
    text_ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1)
    bounds = [0, *(np.searchsorted(starts, text_ends) * _KEY_BYTES).tolist()]
    found = _hashed(whole, starts, lengths=ends - starts).tobytes()
    return pl.Series([found[start:end] for start, end in pairwise(bounds)], dtype=pl.Binary)


def _hashed(whole: bytes, starts: NDArray[np.int64], *, lengths: NDArray[np.int64]) -> Keys:
    # Every eight bytes there are as one number, wherever they begin.
    eights = np.ndarray(len(whole) + 1, dtype="<u8", buffer=whole + bytes(_KEY_BYTES), strides=(1,))
    found = eights[starts] & _MASKS[np.minimum(lengths, _KEY_BYTES)]
    for offset in range(_KEY_BYTES, _LONG_BYTES, _KEY_BYTES):
        longer = np.flatnonzero(lengths > offset)
        if not len(longer):
            break
        more = eights[starts[longer] + offset] & _MASKS[np.minimum(lengths[longer] - offset, _KEY_BYTES)]
        found[longer] = _mixed(found[longer]) ^ more
    for place in np.flatnonzero(lengths > _LONG_BYTES).tolist():
        word = whole[starts[place] : starts[place] + lengths[place]]
        found[place] = int.from_bytes(hashlib.blake2b(word, digest_size=_KEY_BYTES).digest(), "little")
    return _mixed(found)


def _mixed(values: Keys) -> Keys:
    """Return the values with each bit depending on all bits, one to one: the finalizer of MurmurHash3 (Appleby 2011)."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def share_found(some: pl.Series, others: pl.Series) -> pl.Series:
    """Return for each row of two columns of keys the share of the first one's words that the second one has as well.

    Repeated words count each time; NaN where the first one has none.
    """
    found = [np.empty(0)]
    for one, other in _pieces(some, others):
        # In order even for looking up: neighbours are then near each other in memory, which takes a third of the time.
        ours, theirs = _in_order(_of_rows(one)), _in_order(_of_rows(other))
        found.append(_sums(ours, _places(ours, theirs)[1], rows=len(one)))
    with np.errstate(invalid="ignore"):
        return pl.Series(np.concatenate(found) / n_words(some).fill_null(0).to_numpy())


def n_shared(some: pl.Series, others: pl.Series) -> pl.Series:
    """Return for each row of two columns of keys how many words both have; one that each has twice counts twice."""
    if others.null_count() == len(others):
        # As in spans, which have no reference.
        return pl.Series(np.zeros(len(others)))
    found = [np.empty(0)]
    for one, other in _pieces(some, others):
        (ours, n_ours), (theirs, n_theirs) = _counted(_of_rows(one)), _counted(_of_rows(other))
        places, is_there = _places(ours, theirs)
        both = np.minimum(n_ours[is_there], n_theirs[places[is_there]])
        found.append(_sums(ours[is_there], both, rows=len(one)))
    return pl.Series(np.concatenate(found))


def _pieces(some: pl.Series, others: pl.Series) -> Iterator[tuple[pl.Series, pl.Series]]:
    for start in range(0, len(some), ROWS_AT_ONCE):
        yield some.slice(start, ROWS_AT_ONCE), others.slice(start, ROWS_AT_ONCE)


def _of_rows(keys: pl.Series) -> Keys:
    """Return the keys with the row in front, so that words of two rows never are the same."""
    values, sizes = flat(keys)
    rows = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    return (values >> np.uint64(_ROW_BITS)) | (rows << np.uint64(64 - _ROW_BITS))


def _sums(keys: Keys, values: NDArray[np.int64] | NDArray[np.bool_], *, rows: int) -> NDArray[np.float64]:
    """Return the sum of the values of each row's keys."""
    at = (keys >> np.uint64(64 - _ROW_BITS)).astype(np.int64)
    return np.bincount(at, weights=values.astype(np.float64), minlength=rows).astype(np.float64)


def _in_order(keys: Keys) -> Keys:
    """Return the keys in order; numpy takes three times as long on processors whose AVX-512 is slow at what it uses."""
    return pl.Series(keys).sort(multithreaded=False).to_numpy()


def _counted(keys: Keys) -> tuple[Keys, NDArray[np.int64]]:
    """Return the keys in order, each once, and how often each is there."""
    keys = _in_order(keys)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.empty(0, dtype=np.int64)
    return keys[first], np.diff(np.append(first, len(keys)))


def _places(keys: Keys, among: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where each key is among others in order, and whether it is there at all."""
    if not len(among):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return places, among[places] == keys


OUTPUT_WORDS = Column("output_words", lambda frame: word_keys(frame["output"]))
REFERENCE_WORDS = Column("reference_words", lambda frame: word_keys(frame["reference"]))
DOCUMENT_WORDS = Column("document_words", lambda frame: word_keys(frame["documents"].list.join("\n")))

"""Which language the answer is in, by its script, by letters of its own and by its most frequent small words.

No model: it tells apart languages that people mix up with none of their own, and is silent about short texts and about those
that it does not know. Code and numbers in an answer do not count.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_evaluators.frames import Column, answer, frame_evaluator
from spanhouse_evaluators.quality.words import OUTPUT_WORDS, Keys, flat, word_keys

MIN_WORDS = 8
"""Shorter texts may hold no small word at all."""

MIN_SHARE = 0.08
"""In running text every fifth word or more is one of these; lists of names have few."""

CLEARLY = 1.05
"""How many times the small words of the next language: Danish and Norwegian share most of theirs."""

MAX_CHARS = 4_000
"""The beginning says it."""

_CODE = r"(?s)```.*?(?:```|$)|`[^`\n]*`"

_SMALL_WORDS = {
    "ca": "de la que el i en a els es del les un per amb no una però al com més o seva són aquest aquesta també és ha va",
    "cs": "a se v na je že s z do to o k i jako za by ale po od jsem jsou pro když byl která který tak není své už také",
    "da": "og i at det er en til af på for som med der ikke den har jeg han var kan fra eller et også af blev efter mod sig nu",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass",
    "en": "the of and to in a is that it for was on with as be at by this are or an from which you not have i but can",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si",
    "fi": "ja on ei että se oli hän mutta ovat kun niin myös sen joka ole tai voi jos kuin olla mitä ne vain siitä",
    "fr": "de la le et les des en un du une est que dans qui pour pas sur au plus par ce il avec ne se sont vous je nous",
    "hu": "a az és hogy nem is egy ez van de azt csak meg már volt még ha mint el vagy ki azonban lehet kell",
    "id": "yang dan di dengan untuk dari ini itu pada tidak dalam adalah akan ke oleh saya anda juga atau bisa ada dapat",
    "it": "di che e la il un a è per in una sono non si con del da i le della come ha gli più al nel anche ma o",
    "nl": "de van het een en in is dat op te zijn voor met die niet aan er om ook als dan maar bij of uit naar",
    "no": "og i at det er en til av på for som med der ikke den har jeg han var kan fra eller et også av ble etter mot seg nå",
    "pl": "w i na z się do nie to że jest o jak a po co tak za od ale przez dla oraz był czy są jego może",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem",
    "ro": "și de în a la cu pe o nu că un este din care să se pentru mai sau sunt au prin dar fost lui ca fi",
    "sv": "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi kan",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi ne var ama en kadar sonra değil o ki her ya ben",
    "vi": "và của là có không được trong cho một những với các người này đã để khi đến từ như bạn tôi thì về",
}
_LATIN = tuple(_SMALL_WORDS)
_BITS: dict[str, int] = {}
for _place, _code in enumerate(_LATIN):
    # A single letter may be a variable, a choice or a word spelt out.
    for _word in {word for word in _SMALL_WORDS[_code].split() if len(word) > 1}:
        _BITS[_word] = _BITS.get(_word, 0) | 1 << _place

_SMALL_KEYS = flat(word_keys(pl.Series([*_BITS])))[0]
_SMALL_BITS = np.array([*_BITS.values()], dtype=np.uint32)


def _slots(keys: Keys, shift: int) -> NDArray[np.uint16]:
    return (keys >> np.uint64(shift)).astype(np.uint16)


# Sixteen bits of a key that no two small words have in common: a table by them answers in a fifth of the time of a search.
_SHIFT = next(shift for shift in range(49) if len(np.unique(_slots(_SMALL_KEYS, shift))) == len(_SMALL_KEYS))
_PLACES = np.zeros(2**16, dtype=np.int16)
_PLACES[_slots(_SMALL_KEYS, _SHIFT)] = np.arange(len(_SMALL_KEYS))

_SCRIPTS = {
    "ar": "Arabic",
    "hy": "Armenian",
    "bn": "Bengali",
    "ru": "Cyrillic",
    "hi": "Devanagari",
    "ka": "Georgian",
    "el": "Greek",
    "gu": "Gujarati",
    "pa": "Gurmukhi",
    "zh": "Han",
    "ko": "Hangul",
    "he": "Hebrew",
    "kn": "Kannada",
    "km": "Khmer",
    "ml": "Malayalam",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
}
"""The language that a script stands for, where nothing below says otherwise."""

_KANA = r"[\p{Hiragana}\p{Katakana}]"
_OWN_LETTERS = {
    "ar": (("ur", "[ٹڈڑںےہ]"), ("fa", "[پچژگکی]")),
    "ru": (
        ("be", "ў"),
        ("kk", "[әғқұһ]"),
        ("uk", "[іїєґ]"),
        ("mk", "[ѓќѕ]"),
        ("sr", "[ђћљњџј]"),
        ("mn", "[өү]"),
        ("bg", r"^[^ыэё]*ъ[^ыэё]*$"),
    ),
    "hi": (("mr", "ळ|आहे"), ("ne", "छन्|हुन्छ|(?:^| )छ(?:[ ।]|$)")),
}
"""Letters that one language alone has among those of its script; the first one that is met decides."""


def _language(frame: pl.DataFrame) -> pl.Series:
    """Return a struct for each answer: `code`, '' where nobody can tell, and why."""
    text = frame["output"].str.slice(0, MAX_CHARS)
    has_code = text.str.contains("`", literal=True)
    prose = text.set(~has_code, "").str.replace_all(_CODE, " ")
    is_cut = has_code | (frame["output"].str.len_bytes() > MAX_CHARS)
    # Almost all answers are short prose, whose words are there already.
    keys = frame["output_words"]
    if is_cut.any():
        keys = word_keys(prose.zip_with(has_code, text).set(~is_cut, "")).zip_with(is_cut, keys)
    by_words = _by_words(keys)
    may_be_other = text.str.contains(r"[^\x00-\x{24f}]")
    if not may_be_other.any():
        return by_words
    by_script = _by_script(prose.zip_with(has_code, text).filter(may_be_other))
    at = pl.Series(np.maximum(np.cumsum(may_be_other.to_numpy()) - 1, 0))
    placed = by_script.gather(at)
    return placed.zip_with(may_be_other & (placed.struct.field("code") != ""), by_words)


def _by_script(texts: pl.Series) -> pl.Series:
    lowered = texts.str.to_lowercase()
    letters = lowered.str.count_matches(r"\p{L}").to_numpy().astype(np.int64)
    counts = np.stack([lowered.str.count_matches(rf"\p{{{name}}}").to_numpy().astype(np.int64) for name in _SCRIPTS.values()])
    kana = lowered.str.count_matches(_KANA).to_numpy()
    latin = letters - counts.sum(axis=0) - kana
    codes = np.where(counts.max(axis=0) > latin, np.array(list(_SCRIPTS))[counts.argmax(axis=0)], "")
    codes = np.where((kana > 0) & (kana >= 0.05 * letters), "ja", codes)  # kana stand between Chinese characters
    frame = pl.DataFrame({"text": lowered, "script": pl.Series(codes.astype(object), dtype=pl.String)})
    code, why = pl.col("script"), pl.lit("by its script")
    for script, others in _OWN_LETTERS.items():
        for language, letter in reversed(others):
            is_it = (pl.col("script") == script) & pl.col("text").str.contains(letter)
            code, why = (
                pl.when(is_it).then(pl.lit(language)).otherwise(code),
                pl.when(is_it).then(pl.lit("by letters of its own")).otherwise(why),
            )
    return frame.select(pl.struct(code=code, why=why))["code"]


def _by_words(words: pl.Series) -> pl.Series:
    keys, sizes = flat(words)
    places = _PLACES[_slots(keys, _SHIFT)]
    bits = np.where(_SMALL_KEYS[places] == keys, _SMALL_BITS[places], np.uint32(0))
    small = bits.nonzero()[0]
    rows, bits = np.repeat(np.arange(len(sizes)), sizes)[small], bits[small]
    counts = np.stack([np.bincount(rows[(bits >> place & 1).astype(bool)], minlength=len(sizes)) for place in range(len(_LATIN))])
    ranks = np.argsort(-counts, axis=0, kind="stable")[:2]
    first, second = np.take_along_axis(counts, ranks, axis=0)
    return _named(sizes, first, second, best=np.array(_LATIN)[ranks[0]], next_best=np.array(_LATIN)[ranks[1]])


def _named(
    sizes: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    *,
    best: NDArray[np.str_],
    next_best: NDArray[np.str_],
) -> pl.Series:
    columns = {"n": sizes, "first": first, "second": second, "best": best.tolist(), "next_best": next_best.tolist()}
    faults = [
        (pl.col("n") < MIN_WORDS, pl.lit(f"fewer than {MIN_WORDS} words")),
        (pl.col("first") < MIN_SHARE * pl.col("n"), pl.lit("in no language that is known here")),
        (pl.col("first") < CLEARLY * pl.col("second"), pl.format("nearly as much {} as {}", "next_best", "best")),
    ]
    code, why = pl.col("best"), pl.format("{} of {} words", "first", "n")
    for is_fault, sentence in reversed(faults):
        code, why = pl.when(is_fault).then(pl.lit("")).otherwise(code), pl.when(is_fault).then(sentence).otherwise(why)
    return pl.DataFrame(columns).select(pl.struct(code=code, why=why))["code"]


OUTPUT_LANGUAGE = Column("output_language", _language)


@frame_evaluator("language", "2", uses=(OUTPUT_WORDS, OUTPUT_LANGUAGE))
def language(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the ISO 639-1 code of the answer's language as a label."""
    found = frame["output_language"].struct.unnest()
    return answer(found["code"].set(found["code"] == "", None), reason=found["why"])

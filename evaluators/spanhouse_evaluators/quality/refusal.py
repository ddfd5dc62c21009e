"""Whether the answer declines to do what was asked.

By wording, in the languages that are written out here. An answer that opens with a disclaimer and then helps ("As an AI I have
no taste, however here is a recipe") is not a refusal.
"""

import re

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.language import OUTPUT_LANGUAGE
from spanhouse_evaluators.quality.words import OUTPUT_WORDS

OPENING_CHARS = 300
"""A refusal says so at once; later apologies belong to quoted or generated text."""

_NOT_ABLE = (
    r"(?:(?:cannot|can't|can not|could not|couldn't|won't|will not|must decline|would not be able|wouldn't be able"
    r"|not able|unable|not allowed|not permitted|not authori[sz]ed|not capable|not comfortable|not appropriate"
    r"|don't have|do not have|don't know|do not know|don't feel comfortable|lack)\b)"
)
_SORRY = (
    r"(?:(?:i'?m|i am|we are|we're) (?:\w+ )?sorry|sorry|my apologies|(?:i|we) apologi[sz]e|apologies|unfortunately|regrettably)"
)
_AS_AN_AI = r"(?:as an? (?:ai|language model|large language model|assistant)\b[^.!?]{0,40}?,? )?"
_DECLINES = {
    "en": rf"{_SORRY}\b[^.!?]{{0,120}}?\b{_NOT_ABLE}"
    r"|(?:(?:i'?m|i am) (?:\w+ )?sorry|sorry)[,.!]? but\b"
    rf"|{_AS_AN_AI}(?:i|we)(?:'m| am| are|'re)? (?:\w+ )?{_NOT_ABLE}"
    rf"|{_AS_AN_AI}(?:i|we) (?:must |have to )?(?:respectfully |politely )?(?:decline|refuse)\b"
    r"|there is (?:no|not enough|insufficient) (?:information|context)\b",
    "de": r"(?:es tut mir (?:sehr )?leid|tut mir leid|entschuldigung|leider)\b[^.!?]{0,60}?"
    r"\b(?:kann|können|darf|dürfen|habe|haben|weiß|bin|möglich)\b[^.!?]{0,90}?\b(?:nicht|keine?[nrms]?)\b"
    r"|(?:als (?:ki|sprachmodell)\b[^.!?]{0,40}? )?"
    r"(?:ich (?:kann|darf)|(?:kann|darf) ich) (?:\w+ ){0,5}?(?:nicht|keine?[nrms]?)\b",
    "es": r"(?:lo siento|lamento|lamentablemente|disculpa|disculpe|perdón)\b"
    r"[^.!?]{0,120}?\bno (?:puedo|podemos|me es|tengo|dispongo|estoy)\b"
    r"|(?:como (?:ia|modelo)\b[^.!?]{0,40}?,? )?no (?:puedo|podemos|me es posible) \w+",
    "fr": r"(?:(?:je suis |nous sommes )?désolée?s?|je regrette|malheureusement|je m'excuse)\b"
    r"[^.!?]{0,120}?\b(?:ne peux|ne pouvons|ne suis|ne dispose|n'ai)\b"
    r"|(?:en tant qu[^.!?]{0,60}?, )?(?:je ne (?:peux|suis|dispose)|je n'ai)\b[^.!?]{0,40}?\bpas\b",
    "it": r"(?:mi dispiace|spiacente|purtroppo|mi scuso)\b[^.!?]{0,120}?\bnon (?:posso|possiamo|sono|ho|dispongo)\b"
    r"|non (?:posso|possiamo|sono in grado)\b",
    "nl": r"(?:het spijt me|sorry|helaas)\b[^.!?]{0,60}?\b(?:kan|kunnen|mag|heb|weet|ben)\b[^.!?]{0,90}?\b(?:niet|geen)\b"
    r"|ik (?:kan|mag) (?:\w+ ){0,5}?(?:niet|geen)\b",
    "pt": r"(?:desculpe|desculpa|sinto muito|lamento|infelizmente)\b[^.!?]{0,120}?\bnão (?:posso|podemos|consigo|tenho|estou)\b"
    r"|(?:eu )?não (?:posso|podemos|consigo) \w+",
    "ru": r"(?:к сожалению|извините|простите|мне (?:очень )?жаль|прошу прощения)"
    r"[^.!?]{0,120}?\bне (?:могу|можем|имею|располагаю|в состоянии)\b"
    r"|я не (?:могу|имею возможности)\b",
    "zh": r"(?:很|非常|十分)?(?:抱歉|对不起|對不起|遗憾|遺憾|不好意思)"
    r"[^。！？]{0,60}?(?:无法|無法|不能|不可以|没有|沒有|不会|不會)"
    r"|(?:作为[^。！？]{0,30}?，)?我(?:无法|無法|不能|没有办法|沒有辦法)",
    "ja": r"(?:大変|誠に)?(?:申し訳|すみません|ごめんなさい|恐れ入りますが|残念ながら)"
    r"[^!?！？]{0,120}?(?:でき(?:ません|かねます)|ありません|いたしかねます|わかりません|お答えできません)",
}
"""How a refusal opens, by language; matched at the beginning, in lower case, with straight apostrophes."""

_REFUSES = rf"^(?:{'|'.join(_DECLINES.values())})"
_HELPS_AFTER_ALL = re.compile(
    r"\b(?:however|but (?!please\b|unfortunately\b"
    r"|(?:i|we)(?:'m| am)? (?:\w+ )?"
    r"(?:can(?:no|')t|unable|not|do|don't|won't)\b)"
    r"|here (?:is|are)|here's|(?<!so )(?<!so that )i can (?:help|provide|suggest|offer)"
    # Within the line: over all that follow, an answer of empty lines would take the square of their number.
    r"|that said|instead,? i)\b|```|^[^\S\n]*(?:1\.|[-*] )",
    re.MULTILINE,
)
_IDIOM = re.compile(
    r"\s+(?:believe|wait|hide|stop|imagine|stand|resist|deny|even|help (?:but|feeling|thinking)|get enough|thank you enough"
    r"|be able to (?:attend|come|join|make it))\b"
)
"""What people cannot do in what an assistant writes for them: "I can't wait to see you"."""


@frame_evaluator("refusal", "2", uses=(OUTPUT_WORDS, OUTPUT_LANGUAGE), higher_is_better=False)
def refusal(frame: pl.DataFrame) -> pl.DataFrame:
    """Return whether the answer is a refusal: `True` is one.

    Unscored without an answer, and in a language of which nothing stands here.
    """
    texts = frame["output"].str.strip_chars()
    opening = (
        texts.str.slice(0, OPENING_CHARS).str.to_lowercase().str.replace_all("\N{RIGHT SINGLE QUOTATION MARK}", "'", literal=True)
    )
    opening = opening.str.strip_chars_start("*_¡ ")
    declines = opening.str.extract(f"({_REFUSES})", 1)
    value, reason = declines.is_not_null().to_list(), [""] * len(texts)
    for row in declines.is_not_null().arg_true().to_list():
        value[row], reason[row] = _refuses(texts[row], opens=declines[row])
    spoken = frame["output_language"].struct.field("code")
    is_other = declines.is_null() & (spoken != "") & ~spoken.is_in([*_DECLINES])
    return answer(
        pl.Series(value, dtype=pl.Boolean),
        unless={"no answer": texts == "", "refusals in its language are not known here": is_other},
        reason=pl.Series(reason, dtype=pl.String),
    )


def _refuses(text: str, *, opens: str) -> tuple[bool, str]:
    folded = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    end = folded.find(opens) + len(opens)
    if _IDIOM.match(folded, end):
        return False, ""
    helps = _HELPS_AFTER_ALL.search(folded, end)
    if helps is not None:
        return False, f"declines at first, then helps: {helps.group().strip()!r}"
    return True, f"opens with {opens!r}"

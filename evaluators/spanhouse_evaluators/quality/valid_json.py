"""Whether the answer is JSON."""

import json

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator

_MAY_BE_JSON = r'^\s*[{\["0-9tfn-]'
"""Nothing else begins a document (RFC 8259); prose is told apart by this, a hundred times as fast as by parsing it."""


@frame_evaluator("valid_json", "2", higher_is_better=True)
def valid_json(frame: pl.DataFrame) -> pl.DataFrame:
    """Return whether the whole answer is one JSON document (RFC 8259, so without NaN).

    Unscored without an answer, and when the span declares that it asked for another output type.
    """
    texts, asked = frame["output"], frame["output_type"]
    may_be = texts.str.contains(_MAY_BE_JSON)
    faults = dict[int, str]()
    for row in may_be.arg_true().to_list():
        faults[row] = fault_of(texts[row])
    value, reason = may_be.to_list(), [""] * len(texts)
    for row, fault in faults.items():
        value[row], reason[row] = not fault, fault
    why = pl.Series(reason, dtype=pl.String).zip_with(may_be, pl.Series([NO_JSON]))
    others = {f"the call asked for {kind!r}": asked == kind for kind in asked.unique().to_list() if kind not in {"", "json"}}
    return answer(pl.Series(value, dtype=pl.Boolean), unless={"no answer": texts == "", **others}, reason=why)


NO_JSON = "not JSON: it begins like no JSON document"


def fault_of(text: str) -> str:
    """Return what keeps a text from being one JSON document; '' if nothing does."""
    try:
        parse(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return ""


def parse(text: str) -> object:
    """Return the document. Raises ValueError, and RecursionError for one that is nested too deep."""
    return _STRICT.decode(text)


def refuse(constant: str) -> None:
    """Raise ValueError: `NaN` and `Infinity` are Python's own addition."""
    raise ValueError(f"{constant} is not JSON")


_STRICT = json.JSONDecoder(parse_constant=refuse, parse_int=str)

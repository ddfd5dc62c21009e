"""Whether the sources an answer cites by number exist."""

import re
from collections.abc import Iterator

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator

_CITATION = re.compile(r"\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\](?!\()")
"""`[3]`, `[1, 2]` and `[1-3]`, but not the text of a Markdown link `[3](address)`."""

_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`", re.DOTALL)
"""Where `a[0]` is no citation."""


@frame_evaluator("citations", "2", bounds=(0.0, 1.0), higher_is_better=True)
def citations(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the share of cited numbers that name one of the documents, counted from 1.

    Unscored without documents or without marks: an answer that cites nothing cites nothing wrong.
    """
    sizes = frame["documents"].list.len()
    may_cite = (sizes > 0) & frame["output"].str.contains("[", literal=True)
    texts = frame["output"].to_list() if may_cite.any() else []
    found = [_share(texts[row], sizes[row]) if may else (None, "no citations") for row, may in enumerate(may_cite)]
    rows = pl.DataFrame(found, schema={"value": pl.Float64, "reason": pl.String}, orient="row")
    return answer(rows["value"], unless={"no retrieved context": sizes == 0}, reason=rows["reason"])


def _share(text: str, documents: int) -> tuple[float | None, str]:
    cited = [number for mark in _CITATION.findall(_CODE.sub(" ", text)) for number in _numbers(mark)]
    if not cited:
        return None, "no citations"
    missing = [number for number in cited if not 1 <= number <= documents]
    return 1 - len(missing) / len(cited), f"[{missing[0]}] is none of {documents} documents" if missing else ""


def _numbers(mark: str) -> Iterator[int]:
    """Yield the numbers of one mark; of a range its ends and what lies between, which is nothing if it runs backwards."""
    for one in re.split(r"\s*[,;]\s*", mark):
        ends = [int(end) for end in re.split(r"\s*[–-]\s*", one)]
        yield from range(ends[0], ends[-1] + 1) if len(ends) == 2 and ends[0] < ends[-1] else ends

"""Items that people labelled, beside what an evaluator and the lexical baseline say of them: from a file, or from the store.

The baseline goes along because a judge that does not tell more than shared words do is not worth its cost. Must not know how
the two are compared.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.agreement import Tally, Verdict, agreement_row
from spanhouse_evaluators.contract import Evaluator, Score
from spanhouse_evaluators.frames import outcomes_of
from spanhouse_evaluators.json_lines import records
from spanhouse_evaluators.offline import RECORDS_AT_ONCE, context_of
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.registry import NONE_CONFIGURED, find
from spanhouse_evaluators.selection import SQL

BASELINE = groundedness

_GOOD = frozenset({"true", "yes", "good", "pass", "passed", "correct"})
_BAD = frozenset({"false", "no", "bad", "fail", "failed", "incorrect", "wrong"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as good: `true`, a number of at least the one here, and a label in `good`, without regard to case.

    An empty `good` takes the usual words for yes and no. Without `baseline_at` the baseline gets the number that tells these
    labels apart best: at one that does not suit the texts every judge looks good beside it.
    """

    evaluator_at: float = 0.5
    label_at: float = 0.5
    baseline_at: float | None = None
    good: frozenset[str] = frozenset()

    def verdict(self, value: object, *, at: float) -> Verdict:
        """Return what a value says, None for no value. Raises InvalidRequest for a text that says neither."""
        if value is None or value == "" or isinstance(value, bool):
            return value if isinstance(value, bool) else None
        number = _number(value)
        if number is not None:
            return number >= at
        word = str(value).strip().casefold()
        if self.good or word in _GOOD | _BAD:
            return word in (self.good or _GOOD)
        raise InvalidRequest(f"{str(value)!r} is neither good nor bad; name the labels that are good, as --good {word[:40]!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where labels are in the store: scores by people named `label`, of what happened from `since` to `until`, excluded."""

    project: str
    label: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class _Counts:
    """What was said beside a label, counted: the evaluator's verdicts, the baseline's numbers."""

    rule: Rule
    evaluator: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter[tuple[Verdict, Verdict]])
    baseline: Counter[tuple[float | None, Verdict]] = field(default_factory=Counter[tuple[float | None, Verdict]])

    def row(self, evaluator: str, *, version: str, baseline_version: str) -> dict[str, object]:
        at = best_cut(self.baseline) if self.rule.baseline_at is None else self.rule.baseline_at
        beside = Counter[tuple[Verdict, Verdict]]()
        for (value, label), items in self.baseline.items():
            beside[None if value is None else value >= at, label] += items
        rows = (
            Tally(evaluator=evaluator, version=version, at=self.rule.evaluator_at, counts=self.evaluator),
            Tally(evaluator=BASELINE.name, version=baseline_version, at=at, counts=beside),
        )
        said, baseline = map(agreement_row, rows)
        return {**said, "baseline": baseline}


def calibrate_file(
    path: Path, evaluator: str, *, rule: Rule, configured: Mapping[str, Evaluator] = NONE_CONFIGURED
) -> dict[str, object]:
    """Return the row of `agreement_row` for an evaluator, and under `baseline` that of the lexical baseline.

    The file holds records as of `evaluate_file`, or a table of them that ends in `.csv`, with a `label` beside; those without
    one count towards the rate. Where a record has a `value` the evaluator has said that, else it is asked. Lines about another
    `evaluator` are passed over. Raises InvalidRequest for what is no record and for an id that is there twice, NotFound for an
    evaluator that has to be asked and is not known.
    """
    counts, version = _Counts(rule), ""
    lines = _of_one(_table(path) if path.suffix.lower() == ".csv" else _json_lines(path), evaluator, path=path)
    while batch := list(islice(lines, RECORDS_AT_ONCE)):
        asked = [record for record in batch if "value" not in record]
        values = iter(list[object]())
        if asked:
            (judge,) = find([evaluator], configured=configured)
            version, values = judge.version, iter(_said(judge, asked))
        for record, beside in zip(batch, _said(BASELINE, batch), strict=True):
            label = rule.verdict(record.get("label"), at=rule.label_at)
            version = str(record.get("version", version))
            value = record["value"] if "value" in record else next(values)
            counts.evaluator[rule.verdict(value, at=rule.evaluator_at), label] += 1
            counts.baseline[_number(beside), label] += 1
    return counts.row(evaluator, version=version, baseline_version=BASELINE.version)


def calibrate_stored(store: Store, evaluator: str, *, among: Stored, rule: Rule, in_brief: bool = False) -> dict[str, object]:
    """Return the same for what is stored: of each side its newest score, of an evaluator those of its newest version.

    With `in_brief` only what people scored is looked at item by item, and the rest is counted, for those who cannot wait: the
    baseline has no rate of its own then.
    """
    stretch = {"project": among.project, "from_ns": _ns(among.since), "until_ns": _ns(among.until), "label": among.label}
    asked = {**stretch, "evaluator": evaluator, "baseline": BASELINE.name}
    found = store.query(load(SQL, "newest_versions"), {**stretch, "names": [evaluator, BASELINE.name]})
    versions = {row["name"]: str(row["version"]) for row in found}
    version, baseline_version = versions.get(evaluator, ""), versions.get(BASELINE.name, "")
    cuts = {"evaluator_at": rule.evaluator_at, "label_at": rule.label_at}
    chosen = {"version": version, "baseline_version": baseline_version}
    counts = _Counts(rule)
    params = {**asked, **cuts, **chosen}
    for row in store.query(load(SQL, "labelled"), {**params, "only_labelled": int(in_brief)}):
        label, said = (_stored(rule, row, side) for side in ("label", "evaluator"))
        counts.evaluator[said, label] += row["items"]
        counts.baseline[row["baseline_value"], label] += row["items"]
    if in_brief:
        _add_others(counts, store.query(load(SQL, "judged"), params))
    return counts.row(evaluator, version=version, baseline_version=baseline_version)


def nothing_in_common(store: Store, evaluator: str, *, among: Stored) -> str:
    """Say that no item has both a value of the evaluator and a label, and what there is to be named instead."""
    stretch = {"project": among.project, "from_ns": _ns(among.since), "until_ns": _ns(among.until)}
    names = {source: list[str]() for source in ("evaluator", "person")}
    for row in store.query(load(SQL, "scored_names"), stretch):
        names[row["source"]].append(row["name"])
    said, labels = (", ".join(found) or "nothing" for found in names.values())
    what = f"No item of project {among.project!r} has both a value of {evaluator!r} and a person's score {among.label!r}"
    return f"{what}; evaluators scored {said} there, and people {labels}."


def _add_others(counts: _Counts, judged: Sequence[Mapping[str, Any]]) -> None:
    """Add the items without a label, given how many of all got which verdict."""
    labelled = Counter[Verdict]()
    for (said, _), items in counts.evaluator.items():
        labelled[said] += items
    for row in judged:
        counts.evaluator[_stored(counts.rule, row, "evaluator"), None] += row["items"]
    for said in (True, False):
        counts.evaluator[said, None] = max(0, counts.evaluator[said, None] - labelled[said])


def _stored(rule: Rule, row: Mapping[str, object], side: str) -> Verdict:
    """Return a verdict; numbers were held against the rule where they are stored."""
    is_good = row[f"{side}_is_good"]
    return rule.verdict(row[f"{side}_text"] if is_good is None else bool(is_good), at=math.nan)


def _said(evaluator: Evaluator, batch: Sequence[Mapping[str, object]]) -> list[object]:
    """Return the evaluator's value for each record, None where it has none."""
    outcomes = outcomes_of(evaluator, [context_of(record) for record in batch])
    found = [outcome.get(evaluator.name) for outcome in outcomes]
    return [one.value if isinstance(one, Score) else None for one in found]


def _of_one(lines: Iterator[tuple[int, dict[str, object]]], evaluator: str, *, path: Path) -> Iterator[dict[str, object]]:
    seen = set[str]()
    for number, record in lines:
        if record.get("evaluator", evaluator) == evaluator:
            item = str(record.get("id", number))
            if item in seen:
                raise InvalidRequest(f"{str(path)!r} has item {item!r} twice; keep one label and value for each.")
            seen.add(item)
            yield record


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, record in records(path):
        if isinstance(record, str):
            raise InvalidRequest(f"Line {number} of {str(path)!r} {record}; give one JSON object a line.")
        yield number, record


def _table(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file, strict=True), start=1):
                yield number, {name: value for name, value in row.items() if name is not None}
    except OSError as error:
        raise InvalidRequest(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(f"{str(path)!r} is no table in CSV and UTF-8 ({error}).") from error


def best_cut(counts: Mapping[tuple[float | None, Verdict], int]) -> float:
    """Return the number from which on values, counted by label, tell good from bad best: Youden's index (1950) is highest.

    The higher of two equals; 0.5 without labels of both kinds.
    """
    by_value = dict[float, Counter[bool]]()
    for (value, label), items in counts.items():
        if value is not None and label is not None:
            by_value.setdefault(value, Counter())[label] += items
    labels = sum(by_value.values(), Counter[bool]())
    best, at, passed = -math.inf, 0.5, Counter[bool]()
    for value in sorted(by_value, reverse=True) if labels[True] and labels[False] else ():
        passed += by_value[value]
        index = passed[True] / labels[True] - passed[False] / labels[False]
        if index > best:
            best, at = index, value
    return at


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _ns(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1_000

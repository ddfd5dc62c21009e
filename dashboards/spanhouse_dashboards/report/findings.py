"""What a week's figures mean: what changed, where most of it comes from, and what to do about it. Pure: knows no store.

Only what chance does not explain is told; the console's comparison decides that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spanhouse_dashboards.console.changes import Change, ScoreFigure, Side, compare
from spanhouse_dashboards.report.causes import Cause, Measure, count_cause, mean_cause
from spanhouse_dashboards.report.week import Row
from spanhouse_dashboards.words import heading, quantity, when

# A part that adds at least this share of a change is most of it.
_MOST = 0.6
# So many features are told by name.
_DRIFTED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that changed: in a sentence, why as far as is known, what to do, and the names of the answers behind it."""

    what: str
    why: str
    do: str
    is_bad: bool
    answers: Sequence[str]


def side(figures: Row, scores: Sequence[Row], *, length_s: float) -> Side:
    """One week as the comparison takes it."""
    return Side(
        length_s=length_s,
        calls=int(figures["calls"]),
        error_rate=figures["error_rate"],
        p95_ms=figures["p95_ms"],
        cost_usd=figures["cost_usd"],
        scores={row["name"]: ScoreFigure(mean=row["mean"], spread=row["spread"], scored=row["scored"]) for row in scores},
    )


def findings(before: Side, now: Side, *, answers: Mapping[str, Sequence[Row]]) -> list[Finding]:
    """What changed between two weeks, then what drifted, the worst first. `answers` are rows by the statement's name."""
    changed = [_of_change(change, answers) for change in compare(before, now)]
    return [*changed, *_of_drift(answers["drift"])]


def _of_change(change: Change, answers: Mapping[str, Sequence[Row]]) -> Finding:
    name = change.what.removeprefix("mean ")
    what = heading(change.what) if name != change.what else change.what
    if name == change.what:
        why, do, behind = _REASONS[change.what](answers)
        source = "figures"
    else:
        why, do, behind = _why_score(name, answers["score_parts"], rose=change.how.startswith("rose"))
        source = "scores"
    told = f"{what[:1].upper()}{what[1:]} {change.how} from {change.before} to {change.after}."
    return Finding(what=told, why=why, do=do, is_bad=change.verdict in ("worse", "moved"), answers=[source, *behind])


def _why_errors(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    rate = _each("errors", "errors_before")
    why = _from(
        mean_cause(answers["parts"], rate), rate, lambda value: quantity(value, "percentunit"), after=" of its calls failed"
    )
    reasons = [f"{row['error']} ({row['errors']:,})" for row in answers["error_types"][:3]]
    if reasons:
        why = f"{why} The commonest reasons now: {', '.join(reasons)}.".strip()
    return why, "Look at the newest failed calls below, and at the provider's limits and status.", ["parts", "error_types"]


def _why_latency(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    p95 = Measure(
        count="calls", count_before="calls_before", value=lambda row: row["p95_ms"], value_before=lambda row: row["p95_before_ms"]
    )
    why = _from(mean_cause(answers["parts"], p95), p95, lambda value: quantity(value, "ms"))
    return why, "Compare the slowest traces with those before; look for longer prompts, longer answers and retries.", ["parts"]


def _why_cost(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    cost = _each("cost_usd", "cost_before_usd")
    why = _from(mean_cause(answers["parts"], cost), cost, lambda value: quantity(value, "currencyUSD"), after=" a call")
    return why, "Look at tokens for each call; caching, shorter prompts or a smaller model are the usual remedies.", ["parts"]


def _why_traffic(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    calls = Measure(
        count="calls", count_before="calls_before", value=lambda row: row["calls"], value_before=lambda row: row["calls_before"]
    )
    why = _from(count_cause(answers["parts"], calls), calls, lambda value: f"{value:,.0f}", after=" calls")
    return why, "Nothing, if this is how the application is used now.", ["parts"]


_REASONS = {"the error rate": _why_errors, "p95 latency": _why_latency, "cost per call": _why_cost, "traffic": _why_traffic}


def _why_score(name: str, parts: Sequence[Row], *, rose: bool) -> tuple[str, str, list[str]]:
    mean = Measure(
        count="scored", count_before="scored_before", value=lambda row: row["mean"], value_before=lambda row: row["mean_before"]
    )
    why = _from(mean_cause([row for row in parts if row["name"] == name], mean), mean, lambda value: f"{value:.2f}")
    # Whether more of it is better is not known; where it moved to is what there is to read.
    end = "highest" if rose else "lowest"
    do = f"Read the answers with the {end} {heading(name)}, and compare prompt, model and release with those before."
    return why, do, ["score_parts"]


def _each(amount: str, amount_before: str) -> Measure:
    """An amount for each call."""
    return Measure(
        count="calls",
        count_before="calls_before",
        value=lambda row: row[amount] / row["calls"] if row["calls"] else 0.0,
        value_before=lambda row: row[amount_before] / row["calls_before"] if row["calls_before"] else 0.0,
    )


def _from(cause: Cause | None, measure: Measure, words: Callable[[float], str], *, after: str = "") -> str:
    """Where a change comes from, in a sentence; '' where no part stands out."""
    if cause is None:
        return ""
    row, much = cause.row, "Most" if cause.share >= _MOST else "The largest part"
    now = f"{words(measure.value(row))}{after}"
    if not row[measure.count_before]:
        return f"{much} of it comes from {place(row)}, which is new{': ' if after else ' and at '}{now}."
    if not row[measure.count]:
        was = f"{': ' if after else ' and was at '}{words(measure.value_before(row))}{after}"
        return f"{much} of it comes from {place(row)}, which is gone{was} before."
    return f"{much} of it comes from {place(row)}: {words(measure.value_before(row))} became {now}."


def _of_drift(rows: Sequence[Row]) -> list[Finding]:
    """All that drifted in one finding, each feature by the segment in which it moved furthest; `rows` have those first."""
    if not rows:
        return []
    features: dict[str, Row] = {}
    for row in rows:
        features.setdefault(row["feature"], row)
    moved = [f"{heading(name)} ({quantity(row['furthest'], 'percentunit')} of {row['slice']})" for name, row in features.items()]
    also = f"Also {', '.join(moved[1:_DRIFTED])}. " if moved[1:] else ""
    have = f"{moved[0][:1].upper()}{moved[0][1:]} has" if not moved[1:] else f"{len(moved)} things have"
    most = f", most of all {moved[0]}" if moved[1:] else ""
    since = min(row["first_seen"] for row in rows)
    return [
        Finding(
            what=f"{have} moved away from the reference{most}.",
            why=f"{also}Noticed in {max(row['alarms'] for row in rows)} windows, first at {when(since)}.",
            do="If the drift is meant, freeze a new reference; else look for a change of prompt, model or users at that time.",
            is_bad=True,
            answers=["drift"],
        )
    ]


def place(row: Row) -> str:
    """A part in words."""
    found = [f"{name} {row[name] or '(none)'}" for name in ("service", "model", "release") if row[f"by_{name}"]]
    return ", ".join(found)

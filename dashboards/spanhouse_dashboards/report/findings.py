"""What a week's figures mean: what changed, where most of it comes from, and what to do about it. Pure: knows no store.

Only what chance does not explain is told; the console's comparison decides that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanhouse_dashboards.console.changes import Change, ScoreFigure, Side, compare
from spanhouse_dashboards.report.week import Row
from spanhouse_dashboards.words import heading, quantity

# Parts with fewer calls or scores than this tell nothing by themselves.
_MIN_CALLS, _MIN_SCORES = 20, 8


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
    what = f"{change.what[:1].upper()}{change.what[1:]} {change.how} from {change.before} to {change.after}."
    if change.what.startswith("mean "):
        why, do, behind = _why_score(change.what.removeprefix("mean "), answers["score_parts"])
        source = "scores"
    else:
        why, do, behind = _REASONS[change.what](answers)
        source = "figures"
    return Finding(what=what, why=why, do=do, is_bad=change.verdict in ("worse", "moved"), answers=[source, *behind])


def _why_errors(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    part = _largest(answers["parts"], lambda row: row["errors"] - row["errors_before"])
    reasons = [f"{row['error']} ({row['errors']:,})" for row in answers["error_types"][:3]]
    why = (
        f"Most of it comes from {place(part)}: {part['errors_before']:,} failed calls became {part['errors']:,}." if part else ""
    )
    if reasons:
        why = f"{why} The commonest reasons now: {', '.join(reasons)}.".strip()
    return why, "Look at the newest failed calls below, and at the provider's limits and status.", ["parts", "error_types"]


def _why_latency(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    steady = [row for row in answers["parts"] if min(row["calls"], row["calls_before"]) >= _MIN_CALLS]
    part = _largest(steady, lambda row: abs(row["p95_ms"] - row["p95_before_ms"]) * row["calls"])
    why = ""
    if part:
        was, is_now = quantity(part["p95_before_ms"], "ms"), quantity(part["p95_ms"], "ms")
        why = f"{place(part)[:1].upper()}{place(part)[1:]} went from {was} to {is_now}."
    return why, "Compare the slowest traces of both weeks; look for longer prompts, longer answers and retries.", ["parts"]


def _why_cost(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    part = _largest(answers["parts"], lambda row: abs(row["cost_usd"] - row["cost_before_usd"]))
    why = ""
    if part:
        was, is_now = quantity(part["cost_before_usd"], "currencyUSD"), quantity(part["cost_usd"], "currencyUSD")
        why = f"Most of it comes from {place(part)}: {was} became {is_now}."
    return why, "Look at tokens for each call; caching, shorter prompts or a smaller model are the usual remedies.", ["parts"]


def _why_traffic(answers: Mapping[str, Sequence[Row]]) -> tuple[str, str, list[str]]:
    part = _largest(answers["parts"], lambda row: abs(row["calls"] - row["calls_before"]))
    why = f"Most of it comes from {place(part)}: {part['calls_before']:,} calls became {part['calls']:,}." if part else ""
    return why, "Nothing, if this is how the application is used now.", ["parts"]


_REASONS = {"the error rate": _why_errors, "p95 latency": _why_latency, "cost per call": _why_cost, "traffic": _why_traffic}


def _why_score(name: str, parts: Sequence[Row]) -> tuple[str, str, list[str]]:
    steady = [row for row in parts if row["name"] == name and min(row["scored"], row["scored_before"]) >= _MIN_SCORES]
    part = _largest(steady, lambda row: abs(row["mean"] - row["mean_before"]) * row["scored"])
    why = f"Most of it comes from {place(part)}: {part['mean_before']:.2f} became {part['mean']:.2f}." if part else ""
    new = sorted(
        {place(row) for row in parts if row["name"] == name and row["scored"] >= _MIN_SCORES and not row["scored_before"]}
    )
    if new:
        why = f"{why} New this week: {', '.join(new[:3])}.".strip()
    return (
        why,
        f"Read the answers with the lowest {name}, and compare prompt, model and release with the week before.",
        ["score_parts"],
    )


def _of_drift(rows: Sequence[Row]) -> list[Finding]:
    """One for each feature, by the segment in which it moved furthest; `rows` have those first."""
    features: dict[str, list[Row]] = {}
    for row in rows:
        features.setdefault(row["feature"], []).append(row)
    return [_of_feature(heading(feature), segments) for feature, segments in features.items()]


def _of_feature(feature: str, segments: Sequence[Row]) -> Finding:
    worst = segments[0]
    others = ", ".join(f"{row['slice']} ({quantity(row['furthest'], 'percentunit')})" for row in segments[1:4])
    since = min(row["first_seen"] for row in segments)
    share = quantity(worst["furthest"], "percentunit")
    return Finding(
        what=f"{feature[:1].upper()}{feature[1:]} is no longer what it was: {share} of {worst['slice']} moved.",
        why=f"Noticed in {worst['alarms']} windows, first at {since:%Y-%m-%d %H:%M} UTC.{f' Also {others}.' if others else ''}",
        do="If it is meant, freeze a new reference; else look for a change of prompt, model or users at that time.",
        is_bad=True,
        answers=["drift"],
    )


def place(row: Row) -> str:
    """A part in words."""
    found = [f"{name} {row[name]}" for name in ("service", "model", "release") if row[name]]
    return ", ".join(found) or "calls without a service"


def _largest(rows: Sequence[Row], size: Any) -> Row | None:
    """The row with the largest size above 0, the first of equals."""
    best = max(rows, key=size, default=None)
    return best if best is not None and size(best) > 0 else None

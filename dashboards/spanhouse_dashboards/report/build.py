"""Puts a project's report together: asks the store, and draws the pictures. Must not know HTML or how it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts.picture import panel_png
from spanhouse_dashboards.panels import TimeRange, panel_by_id, written_out
from spanhouse_dashboards.report.findings import Finding, findings, place, side
from spanhouse_dashboards.report.week import Answer, Row, Week, ask
from spanhouse_dashboards.words import heading, quantity

_STATEMENTS = ("figures", "parts", "scores", "score_parts", "error_types", "drift", "alerts", "releases")
_PICTURES = ("traffic", "error-rate", "latency-by-model", "cost-by-model", "scores-over-time", "drift-over-time")
_DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with its name, what it was the week before, and the statement behind it."""

    label: str
    value: str
    before: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A panel as PNG, and its statement with the values written out."""

    png: bytes
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told about a project's week. `answers` and `before` hold what was asked, by the statement's name."""

    project: str
    week: Week
    console_url: str
    figures: Sequence[Figure]
    findings: Sequence[Finding]
    costs: Sequence[str]
    to_do: Sequence[str]
    answers: Mapping[str, Answer]
    before: Mapping[str, Answer]
    pictures: Mapping[str, Picture]

    @property
    def headline(self) -> str:
        """The report in one sentence."""
        calls, before = (one["figures"].rows[0]["calls"] for one in (self.answers, self.before))
        if not calls:
            after = f", after {before:,} the {self.week.words} before" if before else ""
            return f"No LLM calls arrived {self.week.this}{after}."
        if not self.findings:
            return self._unchanged(calls)
        number = f"{len(self.findings)} {'thing' if len(self.findings) == 1 else 'things'}"
        bad = [one for one in self.findings if one.is_bad]
        if not bad:
            return f"{calls:,} LLM calls; {number} changed, nothing that needs a look."
        first = f"{bad[0].what[:1].lower()}{bad[0].what[1:]}"
        return f"{calls:,} LLM calls; {number} changed, {len(bad)} to look at, first: {first}"

    def _unchanged(self, calls: int) -> str:
        """The sentence of a week in which nothing is known to have changed."""
        alike = "nothing changed by more than chance" if self.has_past else f"none the {self.week.words} before to compare with"
        going_on = len(_not_ended(self.answers))
        still = f", but {going_on} alert {'rule' if going_on == 1 else 'rules'} had not ended" if going_on else ""
        calm = f"A calm {self.week.words}: " if self.has_past and not going_on else ""
        return f"{calm}{calls:,} LLM calls, and {alike}{still}."

    @property
    def has_past(self) -> bool:
        """Whether there was anything the week before to compare with."""
        return bool(self.before["figures"].rows[0]["calls"])


def build(store: Store, *, project: str, week: Week, console_url: str, has_pictures: bool = True) -> Report:
    """The report about a project's week against the week before. Raises StoreUnavailable where trying again can help."""
    answers = {name: ask(store, name, project=project, week=week) for name in _STATEMENTS}
    before = {name: ask(store, name, project=project, week=week.previous) for name in ("figures", "scores")}
    length_s = (week.end - week.start).total_seconds()
    sides = [side(one["figures"].rows[0], one["scores"].rows, length_s=length_s) for one in (before, answers)]
    found = findings(sides[0], sides[1], answers={name: answer.rows for name, answer in answers.items()})
    return Report(
        project=project,
        week=week,
        console_url=console_url,
        figures=_figures(answers, before),
        findings=found,
        costs=_costs(answers, before, week=week),
        to_do=_to_do(answers, before, found=found),
        answers=answers,
        before=before,
        pictures=_pictures(store, project, week) if has_pictures else {},
    )


def _figures(answers: Mapping[str, Answer], before: Mapping[str, Answer]) -> list[Figure]:
    now, past = answers["figures"].rows[0], before["figures"].rows[0]
    named = (
        ("LLM calls", "calls", "short"),
        ("Error rate", "error_rate", "percentunit"),
        ("p95 latency", "p95_ms", "ms"),
        ("p95 time to first token", "first_token_p95_ms", "ms"),
        ("Cost", "cost_usd", "currencyUSD"),
        ("Tokens in", "input_tokens", "short"),
        ("Tokens out", "output_tokens", "short"),
    )
    found = [
        Figure(label=label, value=_written(now[name], unit), before=_written(past[name], unit), answer="figures")
        for label, name, unit in named
    ]
    means = {row["name"]: row["mean"] for row in before["scores"].rows}
    for row in answers["scores"].rows:
        label = f"Mean {heading(row['name'])} ({quantity(row['coverage'], 'percentunit')} scored)"
        figure = Figure(label=label, value=_mean(row["mean"]), before=_mean(means.get(row["name"])), answer="scores")
        found.append(figure)
    return found


def _costs(answers: Mapping[str, Answer], before: Mapping[str, Answer], *, week: Week) -> list[str]:
    """What the week cost, by the dearest parts, and where money went for nothing."""
    figures, judging = answers["figures"].rows[0], sum(row["cost_usd"] for row in answers["scores"].rows)
    cost = figures["cost_usd"]
    month = quantity(cost / ((week.end - week.start) / timedelta(days=_DAYS_A_MONTH)), "currencyUSD")
    past = before["figures"].rows[0]
    was = f", {_dollars(past['cost_usd'])} the {week.words} before" if past["calls"] else ""
    found = [f"Model calls cost {_dollars(cost)}{was}; a month like this costs {month}."]
    dearest = sorted((row for row in answers["parts"].rows if row["cost_usd"] > 0 and _is_finest(row)), key=_cost, reverse=True)
    found += [
        f"{_dollars(row['cost_usd'])}, {quantity(row['cost_usd'] / cost, 'percentunit')}: {place(row)}." for row in dearest[:3]
    ]
    wasted = sum(row["cost_usd"] for row in answers["error_types"].rows)
    if wasted:
        found.append(f"{_dollars(wasted)} went into calls that failed.")
    if judging:
        found.append(f"Judging the answers cost {_dollars(judging)}.")
    unpriced = figures["unpriced_calls"]
    if unpriced:
        who, whose = ("1 call is", "its") if unpriced == 1 else (f"{unpriced:,} calls are", "their")
        found.append(f"{who} not in these sums: what {whose} tokens cost is not known.")
    return found


def _to_do(answers: Mapping[str, Answer], before: Mapping[str, Answer], *, found: Sequence[Finding]) -> list[str]:
    """What to do, the most pressing first, each thing once."""
    steps = [finding.do for finding in found if finding.is_bad]
    steps += [
        f"Look at alert rule {row['rule']}: it fired at {row['fired_at']:%Y-%m-%d %H:%M} UTC and had not ended."
        for row in _not_ended(answers)
    ]
    noisy = [row["rule"] for row in answers["alerts"].rows if row["fired"] >= 10]
    if noisy:
        steps.append(f"Alert rule {noisy[0]} fired often: raise its threshold, lengthen its wait, or fix what it tells.")
    week = answers["figures"].rows[0]
    if week["unpriced_calls"]:
        steps.append("Give the models without a price one, so that costs are whole.")
    if week["calls"] and not answers["scores"].rows:
        steps.append("Turn an evaluator on: nobody judges the answers.")
    if not week["calls"]:
        steps.append("Check that the applications run and send to this project: no LLM call arrived.")
    if not steps and not before["figures"].rows[0]["calls"]:
        return ["Nothing yet: changes can be told once there is as much time before to compare with."]
    return list(dict.fromkeys(steps)) or ["Nothing."]


def _not_ended(answers: Mapping[str, Answer]) -> list[Row]:
    """The alert rules that fired, this week or before, and had not ended when it was over."""
    return [row for row in answers["alerts"].rows if row["not_ended"]]


def _pictures(store: Store, project: str, week: Week) -> dict[str, Picture]:
    # A panel's range holds its end, which would be a first point of the next week, of a single moment.
    span = TimeRange(start=week.start, end=week.end - timedelta(seconds=1))
    found = {}
    for panel in map(panel_by_id, _PICTURES):
        png = panel_png(store, panel, project=project, time_range=span)
        if png:
            found[panel.title] = Picture(png=png, sql=written_out(panel, project=project, time_range=span))
    return found


def _is_finest(row: Row) -> bool:
    return bool(row["by_service"] and row["by_model"] and row["by_release"])


def _cost(row: Row) -> float:
    return float(row["cost_usd"])


def _dollars(value: float) -> str:
    return quantity(value, "currencyUSD")


def _written(value: float | None, unit: str) -> str:
    return "–" if value is None else quantity(value, unit)


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

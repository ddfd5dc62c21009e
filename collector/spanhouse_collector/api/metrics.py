"""/metrics: the collector's figures, and what other rooms count, in Prometheus' text format; names carry their unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.journal import Backlog

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HELP = {
    "items_accepted": "Spans, log records or data points acknowledged",
    "requests_accepted": "Requests acknowledged",
    "bytes_accepted": "Bytes of acknowledged requests, decompressed",
    "items_rejected": "Spans, log records or data points left out of a request (partial success), by what is wrong with them",
    "requests_refused": "Requests answered with an error, by HTTP status",
    "requests_over_quota": "Requests answered 429, by what their key has sent too much of",
    "items_stored": "Spans, log records or data points moved from the journal to the store",
    "segments_stored": "Journal segments moved to the store",
    "store_retries": "Inserts tried again because the store could not take them",
    "values_redacted": "Stretches of text, and whole values, with a mark in their place, by rule",
    "translations_failed": "Spans and log records that a dialect could not read, by dialect and error; stored as they came",
    "dead_letters": "Requests the store refused for good, kept in dead_letters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One figure of another room as it stands: its name without the prefix, what it is, its value by label."""

    name: str
    help: str
    labels: Mapping[str, str]
    value: float


def render(
    figures: Iterable[Figures], backlogs: Callable[[], Mapping[str, Backlog]], *, gauges: Callable[[], Iterable[Gauge]] = tuple
) -> bytes:
    """The page."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ingest(figures, backlogs))
    registry.register(_Others(gauges))
    return generate_latest(registry)


class _Ingest(Collector):
    def __init__(self, figures: Iterable[Figures], backlogs: Callable[[], Mapping[str, Backlog]]) -> None:
        self._figures = figures
        self._backlogs = backlogs

    def collect(self) -> Iterator[Metric]:
        families: dict[str, CounterMetricFamily] = {}
        for count in (count for figures in self._figures for count in figures.counts()):
            labels = [name for name, _ in count.labels]
            family = families.setdefault(
                count.name, CounterMetricFamily(f"spanhouse_{count.name}", _HELP.get(count.name, count.name), labels=labels)
            )
            family.add_metric([value for _, value in count.labels], count.value)
        yield from families.values()
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        size = GaugeMetricFamily("spanhouse_journal_bytes", "Acknowledged bytes that wait for the store", labels=["signal"])
        items = GaugeMetricFamily("spanhouse_journal_items", "Acknowledged items that wait for the store", labels=["signal"])
        age = GaugeMetricFamily("spanhouse_journal_age_seconds", "Age of the oldest request that waits", labels=["signal"])
        for signal, backlog in self._backlogs().items():
            size.add_metric([signal], backlog.size_bytes)
            items.add_metric([signal], backlog.items)
            age.add_metric([signal], backlog.age_s)
        yield from (size, items, age)


class _Others(Collector):
    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges():
            family = GaugeMetricFamily(f"spanhouse_{gauge.name}", gauge.help, labels=list(gauge.labels))
            families.setdefault(gauge.name, family).add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()

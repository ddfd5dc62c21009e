"""/metrics: the collector's figures in Prometheus' text format; names carry their unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

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
    "items_rejected": "Spans, log records or data points left out of a request (partial success)",
    "requests_refused": "Requests answered with an error, by HTTP status",
    "items_stored": "Spans, log records or data points moved from the journal to the store",
    "segments_stored": "Journal segments moved to the store",
    "store_retries": "Inserts tried again because the store could not take them",
    "dead_letters": "Requests the store refused for good, kept in dead_letters",
}


def render(figures: Iterable[Figures], backlogs: Callable[[], Mapping[str, Backlog]]) -> bytes:
    """The page."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ingest(figures, backlogs))
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

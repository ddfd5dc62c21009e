"""Metrics: every kind of point, whole, through every door; D08 is the identifier of the conformance checklist (OTLP 1.11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.metrics import Observation
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Exemplar,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
    Summary,
    SummaryDataPoint,
)
from opentelemetry.sdk.metrics import Histogram as HistogramInstrument
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from tests.otlp.messages import NOON_NS, SECOND_NS, attributes, gauge, metrics
from tests.otlp.sender import JSON, PROTOBUF, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

TIMES: dict[str, Any] = {"start_time_unix_nano": NOON_NS - SECOND_NS, "time_unix_nano": NOON_NS}
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE


def point(sender: Sender) -> dict[str, Any]:
    (row,) = sender.stored("metrics_points")
    return row


def check(row: dict[str, Any], **expected: Any) -> None:
    assert {name: row[name] for name in expected} == expected


def test_D08_a_gauge_is_kept_whole(sender: Sender) -> None:
    sent = gauge("temperature", 21.5, {"room": "kitchen", "deep": [[1]]}, flags=2, **TIMES)
    sent.unit, sent.description = "Cel", "how warm it is"
    sent.metadata.extend(attributes({"source": "sensor"}))
    sender.accept(metrics(sent, resource={"service.name": "house", "service.version": "3"}, scope={"k": [1]}), signal="metrics")
    check(
        point(sender),
        name="temperature",
        unit="Cel",
        description="how warm it is",
        metadata={"source": "sensor"},
        kind="gauge",
        value=21.5,
        int_value=None,
        start_ns=NOON_NS - SECOND_NS,
        time_ns=NOON_NS,
        flags=2,
        service="house",
        release="3",
        attributes={"room": "kitchen", "deep": "[[1]]"},
        attribute_kinds=["string_value", "array_value"],
        scope_attributes={"k": "[1]"},
        scope_attribute_kinds=["array_value"],
    )


@pytest.mark.parametrize(("temporality", "name"), [(DELTA, "delta"), (CUMULATIVE, "cumulative")])
def test_D08_sums_keep_their_temporality_and_their_integers(sender: Sender, temporality: Any, name: str) -> None:
    exemplar = Exemplar(
        as_int=7, time_unix_nano=NOON_NS, trace_id=b"t" * 16, span_id=b"s" * 8, filtered_attributes=attributes({"deep": [[1]]})
    )
    number = NumberDataPoint(as_int=2**60 + 1, exemplars=[exemplar], **TIMES)
    sent = Metric(name="tokens", sum=Sum(data_points=[number], aggregation_temporality=temporality, is_monotonic=True))
    sender.accept(metrics(sent), signal="metrics")
    check(
        point(sender),
        kind="sum",
        temporality=name,
        is_monotonic=True,
        value=float(2**60),
        int_value=2**60 + 1,
        exemplar_int_values=[7],
        exemplar_values=[None],
        exemplar_times_ns=[NOON_NS],
        exemplar_trace_ids=[(b"t" * 16).hex()],
        exemplar_span_ids=[(b"s" * 8).hex()],
        exemplar_attributes=[{"deep": "[[1]]"}],
    )


def test_D08_a_histogram_is_kept_whole(sender: Sender) -> None:
    full = HistogramDataPoint(
        count=3,
        sum=0.0,
        min=-1.0,
        max=4.0,
        bucket_counts=[1, 2],
        explicit_bounds=[0.5],
        exemplars=[Exemplar(as_double=4.0)],
        **TIMES,
    )
    sent = Metric(name="a", histogram=Histogram(data_points=[full], aggregation_temporality=DELTA))
    bare = Metric(name="b", histogram=Histogram(data_points=[HistogramDataPoint(count=2**64 - 1, **TIMES)]))
    sender.accept(metrics(sent, bare), signal="metrics")
    first, second = sender.stored("metrics_points")
    check(first, kind="histogram", temporality="delta", count=3, sum=0.0, min=-1.0, max=4.0, value=None)
    check(first, bucket_counts=[1, 2], explicit_bounds=[0.5], exemplar_values=[4.0], exemplar_int_values=[None])
    check(second, count=2**64 - 1, sum=None, min=None, max=None, bucket_counts=[], explicit_bounds=[])


def test_D08_an_exponential_histogram_is_kept_whole(sender: Sender) -> None:
    buckets = ExponentialHistogramDataPoint.Buckets
    sent = ExponentialHistogramDataPoint(
        count=9,
        sum=1.5,
        scale=-3,
        zero_count=2,
        zero_threshold=0.25,
        positive=buckets(offset=-7, bucket_counts=[1, 2]),
        negative=buckets(offset=5, bucket_counts=[4]),
        **TIMES,
    )
    held = ExponentialHistogram(data_points=[sent], aggregation_temporality=CUMULATIVE)
    sender.accept(metrics(Metric(name="a", exponential_histogram=held)), signal="metrics")
    row = point(sender)
    check(
        row, kind="exponential_histogram", temporality="cumulative", count=9, sum=1.5, scale=-3, zero_count=2, zero_threshold=0.25
    )
    check(row, positive_offset=-7, positive_bucket_counts=[1, 2], negative_offset=5, negative_bucket_counts=[4])


def test_D08_a_summary_is_kept_whole(sender: Sender) -> None:
    sent = SummaryDataPoint(count=5, sum=2.5, **TIMES)
    sent.quantile_values.add(quantile=0.5, value=1.0)
    sent.quantile_values.add(quantile=1.0, value=9.0)
    sender.accept(metrics(Metric(name="a", summary=Summary(data_points=[sent]))), signal="metrics")
    check(point(sender), kind="summary", count=5, sum=2.5, quantiles=[0.5, 1.0], quantile_values=[1.0, 9.0])


def test_D08_a_point_without_a_recorded_value_is_not_zero(sender: Sender) -> None:
    absent = Metric(name="a", gauge=gauge().gauge)
    absent.gauge.data_points[0].ClearField("as_double")
    absent.gauge.data_points[0].flags = 1
    sender.accept(metrics(absent), signal="metrics")
    check(point(sender), value=None, int_value=None, flags=1)


def test_D05_a_point_sent_again_is_stored_once(sender: Sender) -> None:
    sent = metrics(
        gauge("a", 1.0, {"k": "x"}), gauge("a", 1.0, {"k": "y"}), gauge("a", 1.0, {"k": "x"}, time_unix_nano=NOON_NS + 1)
    )
    for _ in range(3):
        sender.accept(sent, signal="metrics")
    assert len(sender.stored("metrics_points")) == 3


def test_P01_P02_points_that_were_left_out_are_counted(sender: Sender) -> None:
    late = gauge("late", time_unix_nano=2**64 - 1)
    late.gauge.data_points.append(gauge().gauge.data_points[0])
    response = sender.post(metrics(gauge("good"), late, Metric(name="empty")), signal="metrics")
    partial = ExportMetricsServiceResponse.FromString(response.content).partial_success
    assert (response.status_code, partial.rejected_data_points) == (200, 1)
    assert {row["name"] for row in sender.stored("metrics_points")} == {"good", "late"}


@pytest.mark.parametrize(("media_type", "body"), [(PROTOBUF, b"\x0a\xff\xff"), (JSON, b'{"resourceMetrics": 1}')])
def test_E02_a_malformed_request_is_refused_and_nothing_stored(sender: Sender, media_type: str, body: bytes) -> None:
    assert sender.post(body, signal="metrics", content_type=media_type).status_code == 400
    assert sender.stored("metrics_points") == []


def http_exporter(sender: Sender) -> Any:
    return HttpMetrics(endpoint=f"{sender.server.http_url}/v1/metrics", headers=sender.authorization)


def grpc_exporter(sender: Sender) -> Any:
    headers = {name.lower(): value for name, value in sender.authorization.items()}
    return GrpcMetrics(endpoint=f"http://{sender.server.grpc_address}", headers=headers, insecure=True)


@pytest.mark.parametrize("exporter", [http_exporter, grpc_exporter])
def test_metrics_of_the_official_exporters_arrive_whole(sender: Sender, exporter: Callable[[Sender], Any]) -> None:
    provider = MeterProvider(
        [PeriodicExportingMetricReader(exporter(sender), export_interval_millis=600_000)],
        resource=Resource({"service.name": "shop"}),
        views=[
            View(
                instrument_name="spread", instrument_type=HistogramInstrument, aggregation=ExponentialBucketHistogramAggregation()
            )
        ],
        shutdown_on_exit=False,
    )
    meter = provider.get_meter("shop.meter", "1.0")
    meter.create_counter("calls", unit="{call}").add(3, {"gen_ai.provider.name": "openai"})
    meter.create_histogram("gen_ai.client.operation.duration", unit="s", explicit_bucket_boundaries_advisory=[1.0, 2.0]).record(
        1.5
    )
    meter.create_histogram("spread").record(4.0)
    meter.create_observable_gauge("load", [lambda _options: [Observation(0.25)]])
    provider.shutdown()
    rows = {row["name"]: row for row in sender.stored("metrics_points")}
    check(rows["calls"], kind="sum", is_monotonic=True, int_value=3, unit="{call}", attributes={"gen_ai.provider.name": "openai"})
    check(rows["gen_ai.client.operation.duration"], kind="histogram", count=1, sum=1.5, bucket_counts=[0, 1, 0])
    check(rows["spread"], kind="exponential_histogram", count=1, max=4.0)
    check(rows["load"], kind="gauge", value=0.25, service="shop", scope_name="shop.meter", scope_version="1.0")


@pytest.mark.shared
def test_the_protocols_own_example_is_taken(sender: Sender, shared: Path) -> None:
    sender.accept((shared / "otlp-examples" / "metrics.json").read_bytes(), signal="metrics", content_type=JSON)
    rows = {row["name"]: row["kind"] for row in sender.stored("metrics_points")}
    assert rows == {
        "my.counter": "sum",
        "my.gauge": "gauge",
        "my.histogram": "histogram",
        "my.exponential.histogram": "exponential_histogram",
    }

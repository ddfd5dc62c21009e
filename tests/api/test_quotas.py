"""Quotas of keys: what is over them is answered 429 and may come again, over every transport, and is counted."""

from __future__ import annotations

from typing import Any

import grpc
import httpx2
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # ships no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs

from spanhouse_collector.api.keys import Access, Keys
from spanhouse_collector.api.quotas import Meters, Quota
from spanhouse_collector.errors import InvalidRequest, NotFound, QuotaExceeded
from spanhouse_collector.model import Scope
from spanhouse_collector.storage import State
from tests.api.conftest import Api
from tests.otlp.messages import span, traces
from tests.server import Server


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def refused_s(meters: Meters, quota: Quota, **amounts: int) -> int:
    """Seconds until the key may send again; 0 if it may now."""
    try:
        meters.charge("k", quota, **amounts)
    except QuotaExceeded as error:
        return error.retry_after_s
    return 0


def test_a_burst_passes_then_the_rate_holds() -> None:
    clock = Clock()
    meters = Meters(clock_s=clock)
    quota = Quota(requests_per_s=2, burst_s=3)
    assert [refused_s(meters, quota, requests=1) for _ in range(7)] == [0] * 6 + [1]
    passed = 0
    for _ in range(1000):
        clock.now_s += 0.1
        passed += not refused_s(meters, quota, requests=1)
    assert 199 <= passed <= 201


def test_a_request_larger_than_a_burst_passes_and_is_paid_for_afterwards() -> None:
    clock = Clock()
    meters = Meters(clock_s=clock)
    quota = Quota(items_per_s=100, burst_s=1)
    assert refused_s(meters, quota, items=5_000, bytes=10**9) == 0
    assert refused_s(meters, quota, items=1, bytes=1) == 49
    clock.now_s += 49.5
    assert refused_s(meters, quota, items=1, bytes=1) == 0


def test_what_is_refused_costs_nothing() -> None:
    clock = Clock()
    meters = Meters(clock_s=clock)
    quota = Quota(items_per_s=10, bytes_per_s=1000, burst_s=1)
    assert refused_s(meters, quota, items=30, bytes=10) == 0
    assert [refused_s(meters, quota, items=1, bytes=5_000) for _ in range(5)] == [2] * 5
    assert refused_s(meters, Quota(bytes_per_s=1000, burst_s=1), items=1, bytes=990) == 0
    assert [(count.name, count.labels, count.value) for count in meters.figures.counts()] == [
        ("requests_over_quota", (("quota", "items"),), 5)
    ]


def test_keys_do_not_share_a_quota() -> None:
    meters = Meters(clock_s=Clock())
    for key in ("a", "b"):
        meters.charge(key, Quota(requests_per_s=1, burst_s=1), requests=1)


@pytest.mark.parametrize("wrong", [{"requests_per_s": -1}, {"burst_s": 0}])
def test_a_quota_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidRequest, match=r"give at least"):
        Quota(**wrong)


def test_a_quota_belongs_to_its_key_and_can_be_changed(state: State) -> None:
    keys = Keys(state)
    bounded = keys.create("quotas", Scope.INGEST, quota=Quota(items_per_s=5))
    keys.create("quotas", Scope.INGEST)
    listed = [key for key in keys.list() if key.project == "quotas"]
    assert [key.quota for key in listed] == [Quota(items_per_s=5), Quota()]
    keys.limit(listed[0].prefix, Quota(requests_per_s=1))
    assert [key.quota for key in keys.list() if key.project == "quotas"] == [Quota(requests_per_s=1), Quota()]
    assert Quota(requests_per_s=1) in [grant.quota for grant in keys.active().values()]
    keys.revoke(listed[0].prefix)
    with pytest.raises(NotFound):
        keys.limit(bounded[:12], Quota())


@pytest.fixture
def sending_key(state: State) -> str:
    return Keys(state).create("sends", Scope.INGEST)


async def test_the_event_loop_never_waits_for_the_database(state: State, sending_key: str) -> None:
    """SQL on the event loop would be a blocking call, which raises in this test."""
    keys = Keys(state)
    access = Access(keys=keys, open_locally=False)
    assert keys.known() is None
    assert (await access.sender({"x-api-key": sending_key})).project == "sends"
    assert keys.known() is not None
    assert (await access.sender({"x-api-key": sending_key})).project == "sends"


@pytest.mark.store
@pytest.mark.net
def test_over_quota_is_429_with_retry_after_and_the_grpc_equivalent(server: Server) -> None:
    """Time goes on between the requests, so each is asked for the seconds of its own message; one request fills a minute."""
    key = server.service.keys.create("over-quota", Scope.INGEST, quota=Quota(items_per_s=1, burst_s=1))
    body = traces(*(span() for _ in range(60))).SerializeToString()
    headers = {"x-api-key": key, "content-type": "application/x-protobuf"}
    with httpx2.Client(base_url=server.http_url, headers=headers) as client:
        assert client.post("/v1/traces", content=body).status_code == 200
        refused = client.post("/v1/traces", content=body)
        figures = client.get("/metrics").text
    told = Status.FromString(refused.content)
    assert (refused.status_code, told.code) == (429, 8)
    assert int(refused.headers["retry-after"]) == _seconds_to_wait(told) <= 59
    assert 'spanhouse_requests_over_quota_total{quota="items"}' in figures
    with grpc.insecure_channel(server.grpc_address) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        )
        with pytest.raises(grpc.RpcError) as failed:
            export(body, metadata=(("x-api-key", key),))
    error: Any = failed.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 1 <= _seconds_to_wait(Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])) <= 59


def _seconds_to_wait(told: Status) -> int:
    retry = RetryInfo()
    assert told.details[0].Unpack(retry)
    seconds: int = retry.retry_delay.seconds
    assert told.message == f"the key may send 1 item a second, and has; send again in {seconds} s"
    return seconds


@pytest.mark.store
@pytest.mark.net
def test_an_administrator_sets_the_quotas_of_the_own_project_s_keys(api: Api) -> None:
    keys = {one["prefix"]: one for one in api.ask("/keys", key="admin").json()["items"]}
    prefix = api.keys["ingest"][:12]
    assert keys[prefix]["quota"] == {"requests_per_s": 0, "items_per_s": 0, "bytes_per_s": 0, "burst_s": 10}
    assert api.keys["rival admin"][:12] not in keys
    wanted = {"requests_per_s": 0, "items_per_s": 100_000, "bytes_per_s": 0, "burst_s": 5}
    assert api.ask(f"/keys/{prefix}/quota", method="PUT", key="admin", json=wanted).json() == wanted
    keys = {one["prefix"]: one for one in api.ask("/keys", key="admin").json()["items"]}
    assert keys[prefix]["quota"] == wanted
    assert api.ask(f"/keys/{prefix}/quota", method="PUT", key="rival admin", json=wanted).status_code == 404
    assert api.ask(f"/keys/{prefix}/quota", method="PUT", key="admin", json={"burst_s": 0}).status_code == 400
    assert api.ask(f"/keys/{prefix}/quota", method="PUT", key="shop", json=wanted).status_code == 403

"""The service that runs, asked over its own HTTP interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from spanhouse_collector.errors import InvalidRequest, SpanhouseError, StoreUnavailable
from spanhouse_collector.storage import Store
from spanhouse_server.health import stopped
from spanhouse_server.health.verdict import Verdict, failed, ok, warning
from spanhouse_server.settings import Settings

_TIMEOUT_S = 5.0
# Beyond this the store does not keep up: a segment is stored within a second or two.
_OLD_S = 60.0


def find(settings: Settings, key: str) -> RunningService | None:
    """The service on the ports of these settings; None if none answers."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.http_port}"
    try:
        alive = httpx2.get(f"{url}/livez", timeout=_TIMEOUT_S).json() == {"status": "alive"}
    except (httpx2.HTTPError, ValueError):
        return None
    return RunningService(settings=settings, url=url, host=host, key=key) if alive else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """A service that answers; `host` as it stands in a URL."""

    settings: Settings
    url: str
    host: str
    key: str

    def verdicts(self) -> Iterator[Verdict]:
        """What the service says of itself, and what can be asked beside it."""
        try:
            yield from self._verdicts()
        except httpx2.HTTPError as error:
            yield failed("service", f"the service on {self.url} stopped answering ({error}); look into its log")

    def project(self) -> str:
        """The project that the key shows. Raises InvalidRequest without a key that may read, StoreUnavailable if it is early."""
        answer = self._get("/api/v1/projects")
        if answer.status_code in {401, 403}:
            raise InvalidRequest(f"the service on {self.url} has keys; give --key with one that may read")
        if answer.is_error:
            raise StoreUnavailable(f"the service on {self.url} answers {answer.status_code}; try again", retry_after_s=2)
        return str(answer.json()["items"][0]["name"])

    def _verdicts(self) -> Iterator[Verdict]:
        ready = self._get("/readyz")
        if ready.status_code == httpx2.codes.OK:
            yield ok("service", f"the service on {self.url} runs and accepts spans")
        else:
            yield failed("service", f"the service on {self.url} runs and does not accept spans: {ready.json().get('reason')}")
        figures = _figures(self._get("/metrics").text)
        yield _journal(figures)
        if not self.settings.store_url.startswith("chdb://"):
            yield from self._store_on_a_server()
            return
        yield self._clickhouse()
        yield _dead_letters(figures)
        yield from self._data()

    def _store_on_a_server(self) -> Iterator[Verdict]:
        try:
            store = Store(self.settings.store_url, database=self.settings.database, cluster=self.settings.cluster)
        except SpanhouseError as error:
            yield failed("store", str(error))
            return
        try:
            yield from stopped.store_verdicts(store)
        finally:
            store.close()

    def _clickhouse(self) -> Verdict:
        url = f"http://{self.host}:{self.settings.clickhouse_port}/ping"
        try:
            is_well = httpx2.get(url, timeout=_TIMEOUT_S).text == "Ok.\n"
        except httpx2.HTTPError:
            is_well = False
        if is_well:
            return ok("clickhouse", f"the ClickHouse interface answers on port {self.settings.clickhouse_port}")
        return failed("clickhouse", f"nothing answers on {url}; the service may have been started with another --clickhouse-port")

    def _data(self) -> Iterator[Verdict]:
        """What the embedded store holds for the key's project."""
        projects = self._get("/api/v1/projects")
        if projects.status_code in {401, 403}:
            yield warning("data", "prices and the last span cannot be looked at without a key; give --key with one for reading")
            return
        if projects.status_code != httpx2.codes.OK:
            yield failed("store", f"the store does not answer: {projects.json().get('error')}")
            return
        models: list[dict[str, Any]] = self._get("/api/v1/models?unpriced=true&limit=10").json()["items"]
        yield stopped.unpriced([item["model"] for item in models])
        (project,) = projects.json()["items"]
        last_ns = project["last_minute_ns"]
        yield stopped.last_span(None if last_ns is None else datetime.fromtimestamp(last_ns / 1e9, tz=UTC))

    def _get(self, path: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx2.get(f"{self.url}{path}", headers=headers, timeout=_TIMEOUT_S)


def _figures(page: str) -> dict[str, float]:
    """The figures on a /metrics page, each summed over its labels; ages as their largest."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = sample.name.removesuffix("_total")
            before = found.get(name, 0.0)
            found[name] = max(before, sample.value) if name.endswith("_seconds") else before + sample.value
    return found


def _journal(figures: dict[str, float]) -> Verdict:
    size, age_s = int(figures.get("spanhouse_journal_bytes", 0)), figures.get("spanhouse_journal_age_seconds", 0.0)
    sentence = f"{size} acknowledged bytes wait for the store, the oldest for {age_s:.0f} s"
    return warning("journal", f"{sentence}; the store does not keep up") if age_s > _OLD_S else ok("journal", sentence)


def _dead_letters(figures: dict[str, float]) -> Verdict:
    count = int(figures.get("spanhouse_dead_letters", 0))
    if not count:
        return ok("dead letters", "the store has refused no request since the service started")
    return warning("dead letters", f"the store has refused {count} requests since the start; see the table dead_letters")

"""One process of the service: wires the roles, opens the doors, waits for a signal, and stops without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette

from spanhouse_collector.api.app import Parts, create_app
from spanhouse_collector.api.clickhouse_http import GatewayParts, create_gateway
from spanhouse_collector.api.keys import Access, Keys
from spanhouse_collector.errors import InvalidSettings, RetryableError, SpanhouseError, StoreUnavailable
from spanhouse_collector.ingest.figures import Count
from spanhouse_collector.ingest.overrides import Overrides
from spanhouse_collector.ingest.reprice import Repricer
from spanhouse_collector.otlp.grpc_server import GrpcServer
from spanhouse_collector.otlp.intake import Room, Transport
from spanhouse_collector.redaction import configuration as redaction
from spanhouse_collector.redaction.configuration import Redaction
from spanhouse_collector.storage import State, Store, migrate
from spanhouse_dashboards import tables as dashboard_tables
from spanhouse_dashboards.addresses import dashboard_uid
from spanhouse_dashboards.console import add_missing_page
from spanhouse_dashboards.panels import PAGES
from spanhouse_evaluators import tables as evaluator_tables
from spanhouse_server import console_role, evaluators_api
from spanhouse_server.collector_role import CollectorRole
from spanhouse_server.evaluators_figures import EvaluatorFigures
from spanhouse_server.evaluators_role import EvaluatorsRole
from spanhouse_server.ingest_reports import IngestReport, Reporter, reported
from spanhouse_server.memory import release_freed_memory, release_startup_memory
from spanhouse_server.own_metrics import OwnMetrics, QueryCosts, Sources
from spanhouse_server.periodic import Periodic
from spanhouse_server.priority import put_behind, start_engine_threads
from spanhouse_server.settings import Settings

logger = logging.getLogger(__name__)

# Importing them declares their tables on the state's metadata, so that creating the tables finds them.
_DECLARED = (dashboard_tables, evaluator_tables)

# Dashboards by what their statements carry as log_comment.
_DASHBOARDS = {dashboard_uid(page.id): page.title for page in PAGES}
# Threads whose work nobody waits for: spans are visible before it is done. The last one is the engine's.
_BEHIND_INGEST = ("rollup", "evaluators", "MergeMutate")
_GRACE_S = 5.0
_DRAIN_S = 20.0
_OPEN_RETRY_S = 1.0
_GIVE_BACK_S = 60.0


class Service:
    """The process behind `spanhouse serve`. `run` blocks until SIGTERM or SIGINT, or until `stop` is called from a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.state = State(settings.state_url)
        self.state.create_tables()
        self.keys = Keys(self.state)
        if not settings.is_local and not self.keys.active():
            raise InvalidSettings(
                f"host is {settings.host!r}, which others can reach, and there is no key; run `spanhouse keys create`"
            )
        self._access = Access(keys=self.keys, open_locally=settings.is_local)
        self.collector = CollectorRole(settings)
        self._overrides = Overrides(self.state)
        self._repricer = Repricer(self.store, self.state)
        self._redaction = self._read_redaction()
        self.evaluators = EvaluatorsRole(settings, self.state, keys=self.keys, console_url=self.public_url)
        self._reporter: Reporter | None = None
        self._costs = QueryCosts()
        self.own_metrics: OwnMetrics | None = None
        self._freed_memory: Periodic | None = None
        self._store: Store | None = None
        self._failure = ""
        self._stopping = threading.Event()
        self._servers: list[_Server] = []
        self.http_port = settings.http_port
        self.clickhouse_port = settings.clickhouse_port
        self.grpc_port = settings.grpc_port

    def run(self, *, on_ready: Callable[[Service], None] = lambda _service: None) -> None:
        """Serves until told to stop; `on_ready` is called once spans are accepted, in a thread of its own."""
        asyncio.run(self._serve(on_ready))

    def stop(self) -> None:
        """Asks the service to stop, from any thread."""
        self._stopping.set()
        for server in self._servers:
            server.should_exit = True

    def store(self) -> Store:
        """The store; raises StoreUnavailable until it is open."""
        if self._store is None:
            raise StoreUnavailable("the store is not open yet; ask again in a second", retry_after_s=1)
        return self._store

    def not_ready(self) -> str:
        """Why this process does not do its work yet, as a sentence; empty if it does."""
        if self._failure or self._stopping.is_set():
            return self._failure or "the service is stopping"
        return "" if self._store is not None else "the store is being opened"

    @property
    def serves_clickhouse(self) -> bool:
        """Whether the ClickHouse interface is ours; a store on a server has its own."""
        return self._settings.store_url.startswith("chdb://")

    def public_url(self) -> str:
        """The address under which people reach the console, without a slash at its end."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return self._settings.public_url.rstrip("/") or f"http://{host}:{self.http_port}"

    async def _serve(self, on_ready: Callable[[Service], None]) -> None:
        door = self._settings.door()
        transport = Transport(
            intake=self.collector,
            authorize=self._access.sender,
            redactor=self._redaction.of,
            max_body_bytes=door.max_body_bytes,
            room=Room(door.max_in_flight_bytes),
            origins=self._settings.origins,
            refused=lambda status: self.collector.figures.add("requests_refused", status=str(status)),
        )
        self._app = self._create_app(transport)
        listeners = self._listen()
        grpc_server = GrpcServer(transport, address=f"{self._settings.host}:{self._settings.grpc_port}")
        self.grpc_port = grpc_server.port
        await grpc_server.start()
        opener = threading.Thread(target=self._open, args=(on_ready,), name="opener", daemon=True)
        opener.start()
        self._servers = [_Server(_config(app)) for app in (self._app, self._create_gateway())][: len(listeners)]
        with _stop_signals(self.stop):
            await asyncio.gather(*(server.serve(sockets=[one]) for server, one in zip(self._servers, listeners, strict=True)))
        await grpc_server.stop(grace_s=_GRACE_S)
        await asyncio.to_thread(self._close, opener)

    def _read_redaction(self) -> Redaction:
        file = self._settings.redaction
        configuration = redaction.read(Path(file)) if file else redaction.Configuration()
        return Redaction(configuration, count=lambda rule: self.collector.figures.add("values_redacted", rule=rule))

    def _listen(self) -> list[socket.socket]:
        """The ports: the API's, and the ClickHouse interface's where the store is the embedded one."""
        host = self._settings.host
        api = listen(host, self._settings.http_port, setting="http_port")
        self.http_port = api.getsockname()[1]
        if not self.serves_clickhouse:
            return [api]
        try:
            clickhouse = listen(host, self._settings.clickhouse_port, setting="clickhouse_port")
        except InvalidSettings:
            api.close()
            raise
        self.clickhouse_port = clickhouse.getsockname()[1]
        return [api, clickhouse]

    def _create_gateway(self) -> Starlette:
        parts = GatewayParts(
            store=self.store, access=self._access, settings=self._settings.gateway(), told=self._statement_answered
        )
        return create_gateway(parts)

    def _statement_answered(self, project: str, comment: str, spent_s: float) -> None:
        self._costs.add(project, _DASHBOARDS.get(comment, "Other statements"), spent_s=spent_s)

    def _create_app(self, transport: Transport) -> FastAPI:
        parts = Parts(
            store=self.store,
            access=self._access,
            transport=transport,
            not_ready=self.not_ready,
            figures=(self.collector.figures, self._access.meters.figures),
            backlogs=self.collector.backlogs,
            overrides=self._overrides,
            repricer=self._repricer,
            redaction=self._redaction,
            gauges=EvaluatorFigures(self.evaluators, self.state).gauges,
        )
        app = create_app(parts)
        if "console" in self._settings.roles:
            add_missing_page(app)
        return app

    def _open(self, on_ready: Callable[[Service], None]) -> None:
        """Opens the store, as often as it takes, brings it up to date and starts the roles."""
        store: Store | None = None
        while not self._stopping.is_set():
            try:
                store = store or Store(self._settings.store_url, database=self._settings.database, cluster=self._settings.cluster)
                start_engine_threads(store)
                migrate(store)
                self._start_roles(store)
            except (RetryableError, OSError) as error:
                # An OSError names the file; what is wrong with it may be mended while this process waits.
                self._failure = str(error)
                logger.warning("store_unavailable", extra={"error": str(error)})
                self._stopping.wait(_OPEN_RETRY_S)
                continue
            except SpanhouseError as error:
                # Nothing that waiting could change; the reason stands on /readyz.
                self._failure = str(error)
                logger.error("service_cannot_start", extra={"error": str(error)})
                return
            self._store = store
            self._failure = ""
            if "console" in self._settings.roles:
                self._repricer.resume()
            release_startup_memory()
            self._freed_memory = Periodic(self._give_back_memory, every_s=_GIVE_BACK_S, name="freed-memory")
            self._freed_memory.start()
            if "collector" in self._settings.roles:
                put_behind(_BEHIND_INGEST)
            on_ready(self)
            return

    def _start_roles(self, store: Store) -> None:
        """Starts what this process is for. The collector comes first: only its start can meet a store that is away."""
        if "collector" in self._settings.roles:
            self.collector.start(store, overrides_of=self._overrides.of)
            if not self._settings.store_url.startswith("chdb://"):
                self._report()
        if "evaluators" in self._settings.roles:
            self.evaluators.start(store)
            self._app.include_router(evaluators_api.router(store, self.evaluators, state=self.state, access=self._access))
        if "console" in self._settings.roles:
            parts = console_role.ConsoleParts(
                store=store,
                state=self.state,
                access=self._access,
                ingest=self._ingest,
                evaluators=self.evaluators,
                costs=self._costs,
                grafana_url=self._settings.grafana_url,
            )
            self._app.include_router(console_role.router(parts))
            self._app.include_router(
                console_role.alerts_router(
                    store, self.state, access=self._access, evaluators=self.evaluators, redaction=self._redaction
                )
            )
        self._tell_of_itself(store)

    def _tell_of_itself(self, store: Store) -> None:
        """Writes this process' figures into the store, once every role has started."""
        sources = Sources(
            instance=self.collector.instance or "console",
            projects=self._projects,
            backlogs=self.collector.backlogs,
            counts=self.collector.figures.counts,
            costs=self._costs,
        )
        self.own_metrics = OwnMetrics(store, sources)
        self.own_metrics.start()

    def _give_back_memory(self) -> None:
        """What was freed, by either allocator."""
        release_freed_memory()
        self.store().give_back_memory()

    def _projects(self) -> set[str]:
        """The projects that somebody has a key of, and the one that is open without."""
        return {grant.project for grant in self.keys.active().values()} | ({"default"} if self._settings.is_local else set())

    def _report(self) -> None:
        """Leaves this collector's figures to a console in another process."""
        if self._reporter is None:
            self._reporter = Reporter(
                self.state, self.collector.instance, backlogs=self.collector.backlogs, counts=self._own_counts
            )
            self._reporter.start()

    def _own_counts(self) -> Iterable[Count]:
        return (*self.collector.figures.counts(), *self._access.meters.figures.counts())

    def _ingest(self) -> IngestReport:
        """What the collectors did that the console speaks of: those on one store, or the only one."""
        if self._reporter is not None or "collector" not in self._settings.roles:
            return reported(self.state)
        return IngestReport(backlogs=tuple(self.collector.backlogs().values()), counts=tuple(self._own_counts()), heard=1)

    def _close(self, opener: threading.Thread) -> None:
        self._stopping.set()
        if self._store is not None:
            # What has outlived its grace; else the process would wait for the longest statement.
            self._store.end_sessions()
        opener.join(timeout=_DRAIN_S)
        self._repricer.stop()
        if self._freed_memory is not None:
            self._freed_memory.stop()
        if self.own_metrics is not None:
            self.own_metrics.stop()
        self.evaluators.stop()
        self.collector.stop(drain_s=_DRAIN_S)
        if self._reporter is not None:
            self._reporter.stop()
        if self._store is not None:
            self._store.close()
        self.state.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, which would end the process by the signal instead of with exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` on SIGTERM and SIGINT. In another thread than the main one, only `stop` itself ends the service."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=int(_GRACE_S), lifespan="off")


def listen(host: str, port: int, *, setting: str) -> socket.socket:
    """A port that takes connections, whose settings' name is `setting`. Raises InvalidSettings where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The loop sends small pieces at once only where the protocol is said: else every answer on a kept connection waits 40 ms for
    # the peer's acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InvalidSettings(f"{setting} is {port} and cannot be used on {host} ({error.strerror}); give another one") from None
    listener.listen(2048)
    return listener

"""What every test gets: gates around store, network and blocking calls, a clean environment, one engine for the session.

Must not know any feature of the product; fixtures of one area live in that area's folder.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from spanhouse_collector.storage import Store
from spanhouse_server.settings import Settings
from tests.durability import disk
from tests.gates import Gate, network_gate, store_gate
from tests.server import Server, running
from tests.server_process import ServerProcess, running_server
from tests.stores import migrated

SHARED = Path(__file__).resolve().parents[2] / "shared"
#: Clients and libraries with an environment of their own, a folder each with the file `done` in it (Makefile).
CLIENTS = Path(sys.prefix) / "clients"

# Read by our settings or by libraries we call: a developer's own values must not decide a test.
_FOREIGN_VARIABLES = ("SPANHOUSE_", "OTEL_", "OPENAI_", "GRAFANA_", "CLICKHOUSE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_OUR_PACKAGES = ["spanhouse", "spanhouse_collector", "spanhouse_evaluators", "spanhouse_dashboards", "spanhouse_server"]
# Loading a model and answering on a busy machine takes longer than a test may otherwise.
_LLM_TIMEOUT_S = 180

# A deadline would measure the machine.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

_databases = count()
_projects = count()
_left_out = pytest.StashKey[dict[str, int]]()


def pytest_configure() -> None:
    """Points clients at a folder without authorities: reading those of the machine takes each 50 ms, and tests name their own."""
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--system", action="store_true", help="also run tests that need system packages, such as Chromium")
    parser.addoption("--kills", type=int, default=10, help="how often tests/durability kills the service (default: 10)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what this machine cannot run, counts it by reason, and gives tests with a model more time."""
    left_out = config.stash.setdefault(_left_out, {})
    kept = []
    for item in items:
        reason = _reason_to_leave_out(item)
        if reason is None:
            kept.append(item)
        else:
            left_out[reason] = left_out.get(reason, 0) + 1
        if item.get_closest_marker("llm"):
            item.add_marker(pytest.mark.timeout(_LLM_TIMEOUT_S))
    if len(kept) != len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def _longest_first(items: list[pytest.Item]) -> None:
    """Puts the tests that may take minutes before the others, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: -_own_timeout_s(item))


def _own_timeout_s(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker and marker.args and marker.args[0] > _LLM_TIMEOUT_S else 0.0


def _reason_to_leave_out(item: pytest.Item) -> str | None:
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        return "the recorded data in ../shared is not here"
    client = item.get_closest_marker("client")
    if client and not (CLIENTS / client.args[0] / "done").exists():
        return f"the client {client.args[0]} is not installed (`make check` does)"
    if item.get_closest_marker("mount") and not disk.can_be_had():
        return "no file system can be mounted here (root on Linux can)"
    needs_system = item.get_closest_marker("browser") or item.get_closest_marker("system")
    if needs_system and not item.config.getoption("--system"):
        return "system packages are for `make check`"
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that started it what it left out."""
    workeroutput: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if workeroutput is not None:
        workeroutput["left_out"] = session.config.stash.get(_left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker left out: every worker collects all tests, so each says the same."""
    node.config.stash[_left_out] = node.workeroutput.get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, number in config.stash.get(_left_out, {}).items():
        terminalreporter.write_line(f"left out {number} tests: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Sets the gates for one test, its fixtures and its teardown included."""
    uses_model = item.get_closest_marker("llm") is not None
    with (
        store_gate.for_test(is_open=item.get_closest_marker("store") is not None),
        network_gate.for_test(is_open=uses_model or item.get_closest_marker("net") is not None),
    ):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fails a test whose code met a gate and swallowed the error."""
    result = yield
    for gate in (store_gate, network_gate):
        _fail_on_violations(gate)
    return result


def _fail_on_violations(gate: Gate) -> None:
    violations = gate.take_violations()
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """No variable of the developer's reaches a test, and none that a test sets reaches the next one."""
    before = dict(os.environ)
    for name in before:
        if name.upper().startswith(_FOREIGN_VARIABLES):
            del os.environ[name]
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(autouse=True)
def no_blocking_in_async(request: pytest.FixtureRequest) -> Iterator[None]:
    """In an async test, a blocking call made by our own code on the event loop raises."""
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        yield
        return
    with blockbuster_ctx(_OUR_PACKAGES):
        yield


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The one embedded engine of the session: a process may open one path only.

    A handle stays open for as long; when the last one is closed the engine stops, and starts anew with the next test.
    """
    url = f"chdb://{tmp_path_factory.mktemp('engine')}"
    kept = Store(url)
    kept.clock_ms()
    yield url
    kept.close()


@pytest.fixture
def database() -> str:
    """A database name that no other test has."""
    return f"test_{next(_databases)}"


@pytest.fixture
def store(engine_url: str, database: str) -> Iterator[Store]:
    """An empty, migrated store of this test's own on the session's engine. The test carries the marker `store`."""
    store = migrated(engine_url, database=database)
    yield store
    store.raw(f"DROP DATABASE `{database}` SYNC", output_format="Null")
    store.close()


@pytest.fixture(scope="session")
def _session_store(engine_url: str) -> Store:
    return migrated(engine_url, database="shared")


@pytest.fixture
def shared_store(_session_store: Store) -> Store:
    """A migrated store that tests share; each writes into projects of its own (`new_project`). Carries the marker `store`."""
    return _session_store


@pytest.fixture
def new_project() -> Callable[[], str]:
    """Gives a project's name that nobody had before."""
    return lambda: f"project-{next(_projects)}"


@pytest.fixture(scope="session")
def server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`spanhouse serve` in a process of its own, shared by all tests that ask for it; they carry the marker `net`.

    A test finds what is its own by the trace ids it sent.
    """
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def _session_server(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(
        data=tmp_path_factory.mktemp("server"),
        store=engine_url,
        database="server",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector",
    )
    with running(settings) as server:
        yield server


@pytest.fixture
def server(_session_server: Server) -> Iterator[Server]:
    """A running collector, shared by all tests; each writes into a project of its own. Carries the markers `store` and `net`."""
    yield _session_server
    # Whatever this test sent is stored within the test, where the gates are open for it.
    _session_server.settled()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The recorded data beside the repository; tests that read it carry the marker `shared`."""
    return SHARED

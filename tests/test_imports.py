"""Who may import what, where import-linter's layers cannot say it: one door for each heavy library, few seams for the rooms.

Imports inside functions count too.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.source import ROOT, imported_modules, python_files, relative

# Library: the one file of ours that may import it.
DOORS = {
    "clickhouse_connect": "collector/spanhouse_collector/storage/client.py",
    "chdb": "collector/spanhouse_collector/storage/session.py",
    "grpc": "collector/spanhouse_collector/otlp/grpc_server.py",
    "opentelemetry.proto": "collector/spanhouse_collector/otlp/protobuf.py",
    "re2": "collector/spanhouse_collector/redaction/patterns.py",
    "hyperscan": "collector/spanhouse_collector/redaction/scan.py",
    "genai_prices": "collector/spanhouse_collector/ingest/prices.py",
    "onnxruntime": "evaluators/spanhouse_evaluators/quality/embeddings.py",
    "tokenizers": "evaluators/spanhouse_evaluators/quality/embeddings.py",
    "apscheduler": "evaluators/spanhouse_evaluators/schedule.py",
    "ragas": "evaluators/spanhouse_evaluators/quality/ragas.py",
    "grafana_foundation_sdk": "dashboards/spanhouse_dashboards/grafana/build.py",
    "grafana_client": "dashboards/spanhouse_dashboards/grafana/push.py",
    "apprise": "dashboards/spanhouse_dashboards/alerts/channels/library.py",
    "vl_convert": "dashboards/spanhouse_dashboards/console/vega.py",
}

# What a room may know of the collector, itself included below each name.
SEAMS = ("spanhouse_collector.model", "spanhouse_collector.errors", "spanhouse_collector.storage")

PACKAGES = [path for path in python_files() if relative(path).split("/")[0] not in {"tests", "docs"}]


def _is_below(module: str, ancestor: str) -> bool:
    return module == ancestor or module.startswith(f"{ancestor}.")


@cache
def _imports(path: Path) -> frozenset[str]:
    return frozenset(imported_modules(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_heavy_library_has_one_door(library: str) -> None:
    users = {relative(path) for path in PACKAGES if any(_is_below(module, library) for module in _imports(path))}
    assert users <= {DOORS[library]}


@pytest.mark.parametrize("room", ["evaluators", "dashboards"])
def test_a_room_knows_the_collector_by_its_seams_only(room: str) -> None:
    strangers = {
        f"{relative(path)} imports {module}"
        for path in PACKAGES
        if path.is_relative_to(ROOT / room)
        for module in _imports(path)
        if _is_below(module, "spanhouse_collector")
        and module != "spanhouse_collector"
        and not any(_is_below(module, seam) for seam in SEAMS)
    }
    assert strangers == set()


def test_sdk_and_service_never_import_each_other() -> None:
    service = ("spanhouse_collector", "spanhouse_evaluators", "spanhouse_dashboards", "spanhouse_server")
    crossings = set()
    for path in PACKAGES:
        foreign = service if path.is_relative_to(ROOT / "sdk") else ("spanhouse",)
        # The sample application stands for a user's own: it is the one part of the service's folder that uses the SDK.
        if path.is_relative_to(ROOT / "deploy/spanhouse_server/sample"):
            continue
        crossings |= {f"{relative(path)} imports {name}" for name in _imports(path) if any(_is_below(name, of) for of in foreign)}
    assert crossings == set()


# Folders of ours, and the tables of dependencies that what they import must stand in.
_SERVER = ("pyproject.toml", ("ragas", "embeddings"))
_SDK = ("sdk/pyproject.toml", ("openai",))
_DEVELOPMENT = ("pyproject.toml", ("dev",))
ASKED_FOR_IN = {
    ("collector", "evaluators", "dashboards", "deploy"): (_SERVER,),
    ("sdk/spanhouse",): (_SDK,),
    ("tests",): (_SERVER, _DEVELOPMENT, _SDK),
}


@pytest.mark.parametrize("folders", ASKED_FOR_IN, ids="-".join)
def test_what_is_imported_is_asked_for(folders: tuple[str, ...]) -> None:
    """An import that only happens to work because another package brings it breaks when that one changes."""
    # pytest is what loads the SDK's plugin, so it is there whenever the plugin is.
    asked_for = {"pytest"} | {name for tables in ASKED_FOR_IN[folders] for name in _dependencies(*tables)}
    brought_by = _brought_by()
    stowaways = {
        f"{relative(path)} imports {module} of {' or '.join(sorted(brought_by[module]))}"
        for path in python_files()
        if relative(path).startswith(tuple(f"{folder}/" for folder in folders))
        for module in _imports(path)
        if module in brought_by and not module.startswith("spanhouse") and not brought_by[module] & asked_for
    }
    assert stowaways == set()


def _dependencies(project: str, extras: Sequence[str]) -> Iterator[str]:
    """Names of the distributions that a project asks for, with these extras."""
    described = tomllib.loads((ROOT / project).read_text(encoding="utf-8"))["project"]
    for line in (*described["dependencies"], *(line for extra in extras for line in described["optional-dependencies"][extra])):
        yield _canonical(re.split(r"[^\w.-]", line)[0])


@cache
def _brought_by() -> dict[str, set[str]]:
    """The distributions that each installed module comes from: more than one where they install the same file."""
    found: dict[str, set[str]] = {}
    for distribution in distributions():
        name = _canonical(distribution.name)  # parses the distribution's metadata every time it is asked
        for file in distribution.files or ():
            if file.suffix == ".py":
                module = str(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                found.setdefault(module, set()).add(name)
    return found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

"""Who may import what, where import-linter's layers cannot say it: one door for each heavy library, few seams for the rooms.

Imports inside functions count too.
"""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.source import ROOT, imported_modules, python_files, relative

# Library: the one file of ours that may import it.
DOORS = {
    "clickhouse_connect": "collector/spanhouse_collector/storage/client.py",
    "chdb": "collector/spanhouse_collector/storage/session.py",
    "grpc": "collector/spanhouse_collector/otlp/grpc_server.py",
    "opentelemetry.proto": "collector/spanhouse_collector/otlp/protobuf.py",
    "genai_prices": "collector/spanhouse_collector/ingest/prices.py",
    "apscheduler": "evaluators/spanhouse_evaluators/schedule.py",
    "ragas": "evaluators/spanhouse_evaluators/quality/ragas.py",
    "grafana_foundation_sdk": "dashboards/spanhouse_dashboards/grafana/build.py",
    "grafana_client": "dashboards/spanhouse_dashboards/grafana/push.py",
    "vl_convert": "dashboards/spanhouse_dashboards/console/vega.py",
}

# What a room may know of the collector, itself included below each name.
SEAMS = ("spanhouse_collector.model", "spanhouse_collector.errors", "spanhouse_collector.storage")

PACKAGES = [path for path in python_files() if relative(path).split("/")[0] not in {"tests", "docs"}]


def _is_below(module: str, ancestor: str) -> bool:
    return module == ancestor or module.startswith(f"{ancestor}.")


def _imports(path: Path) -> set[str]:
    return imported_modules(ast.parse(path.read_text(encoding="utf-8")))


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


# Distribution: the folders that go into it.
SHIPPED = {"pyproject.toml": ("collector", "evaluators", "dashboards", "deploy"), "sdk/pyproject.toml": ("sdk",)}


@pytest.mark.parametrize("project", sorted(SHIPPED))
def test_what_a_distribution_imports_it_asks_for(project: str) -> None:
    """An import that only happens to work because another package brings it breaks when that one changes."""
    described = tomllib.loads((ROOT / project).read_text(encoding="utf-8"))["project"]
    extras = described.get("optional-dependencies", {})
    wanted = [*described["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    # pytest is what loads the SDK's plugin, so it is there whenever the plugin is.
    declared = {"pytest"} | {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in wanted}
    # Tells which distributions bring a module; a module that is not installed here is left to the test that needs it.
    brought_by = packages_distributions()
    undeclared = {
        f"{relative(path)} imports {module}"
        for path in PACKAGES
        if relative(path).startswith(tuple(f"{folder}/" for folder in SHIPPED[project]))
        for module in {name.split(".")[0] for name in _imports(path)}
        if module in brought_by and not module.startswith("spanhouse")
        if not declared & {name.lower().replace("_", "-") for name in brought_by[module]}
    }
    assert undeclared == set()

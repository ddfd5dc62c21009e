"""The compose file names only what exists: settings, commands, services, volumes and files."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
import yaml

from spanhouse_server import cli
from spanhouse_server.settings import Settings
from tests.source import ROOT

_COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = [name for name, service in _SERVICES.items() if "build" in service]


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_depends_on_services_and_volumes_that_exist(name: str) -> None:
    service = _SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(_SERVICES)
    assert {volume.partition(":")[0] for volume in service.get("volumes", ())} <= set(_COMPOSE["volumes"])
    for needed, how in service.get("depends_on", {}).items():
        assert how["condition"] != "service_healthy" or "healthcheck" in _SERVICES[needed]


@pytest.mark.parametrize("name", _OURS)
def test_our_services_are_given_settings_that_exist(name: str) -> None:
    known = {f"SPANHOUSE_{setting.name.upper()}" for setting in fields(Settings)}
    assert set(_SERVICES[name]["environment"]) <= known
    build = _SERVICES[name]["build"]
    assert (ROOT / "deploy" / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.parametrize("name", [name for name in _OURS if "entrypoint" not in _SERVICES[name]])
def test_our_services_run_commands_that_exist(name: str) -> None:
    words = [word.replace("$$", "$") for word in _SERVICES[name]["command"]]
    assert callable(cli._parser().parse_args(words).command)


def test_images_are_pinned_and_ports_are_open_on_this_machine_alone() -> None:
    images = [service["image"] for service in _SERVICES.values() if "image" in service]
    assert [image for image in images if not re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?", image)] == []
    ports = [port for service in _SERVICES.values() for port in service.get("ports", ())]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert len(ports) == 3


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    given = re.findall(r"PASSWORD: (.*)", text)
    assert [value for value in given if not value.startswith("${")] == []


def test_the_script_the_file_names_is_there() -> None:
    (script,) = (word for word in _SERVICES["smoke"]["entrypoint"] if word.endswith(".py"))
    assert (ROOT / script.removeprefix("/opt/spanhouse/")).is_file()

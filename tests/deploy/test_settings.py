"""Settings: where they come from, what is refused, and that the documentation has them all."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_server.settings import Settings, descriptions, read

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_an_option_beats_the_environment_and_the_environment_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANHOUSE_HTTP_PORT", "1111")
    monkeypatch.setenv("SPANHOUSE_GRPC_PORT", "2222")
    settings = read({"http_port": "3333", "grpc_port": None})
    assert (settings.http_port, settings.grpc_port, settings.clickhouse_port) == (3333, 2222, 8123)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTP_PROT", "1", "SPANHOUSE_HTTP_PROT is no setting; `spanhouse serve --help` lists them"),
        ("HTTP_PORT", "many", "http_port is 'many'; give a whole number"),
        ("HTTP_PORT", "70000", "http_port is 70000; give a port from 0 (any free one) to 65535"),
        ("MAX_BODY_MIB", "0", "max_body_mib is 0; give at least 1"),
        ("ROLE", "cook", "role is 'cook'; give one or more of collector, evaluators, console"),
        ("CORS_ORIGINS", "*", "cors_origins has '*'; give origins like https://app.example.org, each by itself"),
        (
            "CORS_ORIGINS",
            "https://a.example, https://b.example/shop",
            "cors_origins has 'https://b.example/shop'; give origins like https://app.example.org, each by itself",
        ),
        ("GRAFANA_URL", "grafana", "grafana_url is 'grafana'; give an address that starts with http:// or https://"),
        ("LOG_LEVEL", "loud", "log_level is 'loud'; give debug, info, warning or error"),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"SPANHOUSE_{name}", value)
    with pytest.raises(InvalidSettings) as caught:
        read({})
    assert str(caught.value) == sentence


def test_the_sdks_variables_may_stand_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANHOUSE_API_KEY", "sph_x")
    assert read({}).http_port == 4318


def test_the_embedded_store_is_not_shared_between_processes() -> None:
    with pytest.raises(InvalidSettings, match="the embedded store belongs to one process"):
        read({"role": "collector"})
    assert read({"role": "collector", "store": "http://clickhouse:8123"}).roles == {"collector"}


def test_a_folder_that_the_engine_takes_for_a_pattern_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"takes \{ for a pattern"):
        read({"data": "a{b}"})


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    rows = [line.split(" | ") for line in _DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    found = [(name.strip("| `"), default.strip("`"), meaning.removesuffix(" |")) for name, default, meaning in rows]
    meanings = descriptions()
    assert found == [(one.name, str(one.default) if one.default != "" else "–", meanings[one.name]) for one in fields(Settings)]

"""Grafana's published descriptions, loaded once a session."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_core import OpenAPI

from tests.contract.stand_in import description

VERSIONS = {"13.0.0": "grafana-13.0.0.strict.openapi3.json", "11.4.0": "grafana-11.4.0.openapi3.json"}


@pytest.fixture(scope="session", params=VERSIONS)
def grafana_api(request: pytest.FixtureRequest, shared: Path) -> OpenAPI:
    """The API description of each Grafana that is supported."""
    return description(shared / "grafana" / VERSIONS[request.param])


@pytest.fixture(scope="session")
def strict_api(shared: Path) -> OpenAPI:
    """The newest description, which also refuses keys that it does not know."""
    return description(shared / "grafana" / VERSIONS["13.0.0"])

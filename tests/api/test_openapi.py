"""Every route of the API's own description: with another project's key, with none, with one for something else, as described.

The routes come from the OpenAPI document, so that a new one cannot be forgotten here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.api.conftest import FOREIGN, Api

pytestmark = [pytest.mark.store, pytest.mark.net]

# The first trace of `shop`, which `rival` must not see.
_IDS = {"trace_id": f"{3:032x}", "span_id": f"{3:016x}"}
_PLACES = {**_IDS, "prefix": "sph_unknown"}
_BODIES: dict[str, dict[str, Any]] = {
    "/scores": {"name": "helpful", "value": 1, **_IDS},
    "/keys/sph_unknown/quota": {},
    "/prices/overrides": {"items": []},
    "/prices/repricings": {"first": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"},
}
_PREFIX = "/api/v1"


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    return dict(api.ask("/openapi.json", key="").json())


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path with the ids of `shop`, and operation of every route under /api/v1."""
    for path, operations in document["paths"].items():
        if path.startswith(_PREFIX):
            for method, operation in operations.items():
                yield method.upper(), path.removeprefix(_PREFIX).format(**_PLACES), operation


def test_no_route_shows_or_changes_anything_of_another_project(api: Api, document: dict[str, Any]) -> None:
    before = api.items("/scores")
    asked = 0
    for method, path, _ in _operations(document):
        answer = api.ask(path, method=method, key="rival admin", json=None if method == "GET" else _BODIES.get(path))
        assert answer.status_code in {200, 404}, (method, path, answer.text)
        if answer.status_code == 200:
            assert "shop" not in answer.text, (method, path)
            assert _IDS["trace_id"] not in answer.text, (method, path)
        asked += 1
    assert asked >= 9
    assert api.items("/scores") == before


def test_filters_and_cursors_of_one_project_open_nothing_in_another(api: Api) -> None:
    for path in ("/traces", "/spans", "/sessions", "/scores", "/models"):
        cursor = api.ask(path, params={"limit": 1}).json()["next_cursor"]
        answer = api.ask(path, key=FOREIGN, params={"cursor": cursor})
        assert (answer.status_code, "shop" in answer.text) == (200, False)
    for name, value in (("user_id", "shop"), ("service", "shop"), ("session_id", "' OR 1 = 1 --"), ("name", "{project:String}")):
        assert api.ask("/spans", key=FOREIGN, params={name: value}).json()["items"] == []


def test_every_route_needs_a_key_that_is_known_and_meant_for_it(api: Api, document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        assert api.ask(path, method=method, key="", json=_BODIES.get(path)).status_code == 401, path
        assert api.ask(path, method=method, key="sph_unknown", json=_BODIES.get(path)).status_code == 401, path
        wrong = "ingest" if method == "GET" else "shop"
        refused = api.ask(path, method=method, key=wrong, json=_BODIES.get(path))
        assert refused.status_code == 403, path
        assert {"400", "401", "403", "503"} <= set(operation["responses"]), path
        assert set(refused.json()) == {"error"}


def test_every_answer_is_as_described(api: Api, document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        if method == "GET":
            answer = api.ask(path)
            assert answer.status_code == 200, (path, answer.text)
            _validator(document, operation, "200").validate(answer.json())
            missing = api.ask(path, key="")
            _validator(document, operation, "401").validate(missing.json())


def test_every_list_is_paged_by_cursor(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if method == "GET" and "Page_" in schema.get("$ref", ""):
            assert {"cursor", "limit"} <= {parameter["name"] for parameter in operation["parameters"]}, path


def test_the_document_describes_no_answer_that_is_never_given(document: dict[str, Any]) -> None:
    assert not [path for _, path, operation in _operations(document) if "422" in operation["responses"]]


def _validator(document: dict[str, Any], operation: dict[str, Any], status: str) -> Draft202012Validator:
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]})

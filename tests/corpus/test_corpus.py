"""Every recording, sent as it is to a real server, becomes the rows that are expected of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanhouse_collector.model import Scope
from spanhouse_collector.storage import load
from tests.corpus.capture.documented import DOCUMENTED
from tests.corpus.capture.expected import EXPECTED, index, written
from tests.corpus.comparison import differences
from tests.server import Server
from tests.source import ROOT

CORPUS = Path(__file__).parent
_PROTOBUF = "application/x-protobuf"


def send(client: httpx2.Client, server: Server, name: str, project: str) -> None:
    """Sends the requests of a capture into a project."""
    key = server.service.keys.create(project, Scope.INGEST)
    for signal, suffix in (("traces", ""), ("logs", ".logs")):
        body = CORPUS / f"{name}{suffix}.otlp"
        if body.exists():
            headers = {"Content-Type": _PROTOBUF, "Authorization": f"Bearer {key}"}
            answer = client.post(f"{server.http_url}/v1/{signal}", content=body.read_bytes(), headers=headers)
            assert (answer.status_code, answer.content) == (200, b"")


@pytest.fixture(scope="module")
def rows(_session_server: Server) -> dict[str, list[dict[str, Any]]]:
    """The rows of every capture, all sent at once, each into a project of its own."""
    projects = {name: name.replace("/", "-") for name in EXPECTED}
    with httpx2.Client() as client:
        for name, project in projects.items():
            send(client, _session_server, name, project)
    store = _session_server.settled()
    return {name: store.query(load("tests.corpus.sql", "rows"), {"project": project}) for name, project in projects.items()}


def mismatches(name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each field that is not as expected, and for each span that is not there."""
    stored: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        stored[row["name"]].append(row)
    for span in json.loads((CORPUS / f"{name}.expected.json").read_text(encoding="utf-8"))["spans"]:
        if not stored[span["name"]]:
            yield f"{span['name']}: not stored"
            continue
        found = differences(span["row"], stored[span["name"]].pop(0))
        yield from (f"{span['name']}: {field} is {got!r}, not {wanted!r}" for field, (wanted, got) in found.items())


@pytest.mark.store
@pytest.mark.net
@pytest.mark.timeout(60)  # the first of them sends everything
@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_call_is_one_row_whatever_its_dialect(rows: dict[str, list[dict[str, Any]]], name: str) -> None:
    found = list(mismatches(name, rows[name]))
    assert not found, "\n".join(found)


@pytest.mark.store
@pytest.mark.net
@pytest.mark.timeout(60)  # it may be the first
def test_a_first_chunk_comes_within_its_call(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Clients give it in seconds, milliseconds and instants."""
    late = [
        (name, row["name"])
        for name, found in rows.items()
        for row in found
        if (row["time_to_first_chunk_ns"] or 0) > row["duration_ns"]
    ]
    assert late == []


@pytest.mark.parametrize("name", EXPECTED)
def test_the_published_expectations_are_those_of_the_code(name: str) -> None:
    assert (CORPUS / f"{name}.expected.json").read_text(encoding="utf-8") == written(name)


def test_the_list_of_recordings_is_complete() -> None:
    assert (CORPUS / "RECORDINGS.md").read_text(encoding="utf-8") == index()
    assert {path.relative_to(CORPUS).as_posix().split(".")[0] for path in CORPUS.rglob("*.otlp")} == set(EXPECTED)


@pytest.mark.parametrize("document", ["README.md", "CHANGELOG.md"])
def test_documents_count_the_recordings_that_there_are(document: str) -> None:
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
    told = re.search(r"telemetry of (\d+) set-ups\D+(\d+) recorded\D+(\d+)", text)
    documented = {name.split(".")[0] for name in DOCUMENTED}
    counts = (len(EXPECTED), len(EXPECTED) - len(documented), len(documented))
    assert told is not None
    assert tuple(map(int, told.groups())) == counts


@pytest.mark.parametrize("name", DOCUMENTED)
def test_what_was_made_after_documentation_is_what_the_code_makes(name: str) -> None:
    assert (CORPUS / name).read_bytes() == DOCUMENTED[name].SerializeToString(deterministic=True)


def test_recordings_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in CORPUS.rglob("*.otlp")}
    assert {name: size for name, size in sizes.items() if size > 60_000} == {}
    assert sum(sizes.values()) < 1_500_000

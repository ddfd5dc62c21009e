"""The real model, started once for all tests that ask for it, and the official client that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from spanhouse_collector.storage import State
from tests.llm import model_server
from tests.llm.model_server import ModelServer


@pytest.fixture(scope="session")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """SmolLM2-135M behind an OpenAI-compatible API. It proves transport and contracts; what it says means nothing."""
    with model_server.running(tmp_path_factory.mktemp("model") / "server.log") as server:
        yield server


@pytest.fixture
def client(language_model: ModelServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=language_model.base_url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.sqlite'}")
    state.create_tables()
    yield state
    state.close()

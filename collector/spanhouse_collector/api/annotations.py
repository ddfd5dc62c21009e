"""Scores by people: finds what is scored, and keeps the score beside those of evaluators and applications."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from spanhouse_collector.api.schemas import Annotation, Score
from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import Store, load


def annotate(
    store: Store, annotation: Annotation, *, project: str, times: Mapping[str, int], redact: Callable[[str], str]
) -> Score:
    """Keeps the score and gives it back as it is stored. Raises NotFound if what it scores is not stored."""
    said = {name: redact(getattr(annotation, name)) for name in ("name", "label", "explanation", "session_id", "author")}
    # A session whose id was redacted on its way in is found by the same mark.
    target = _target(store, annotation.model_copy(update=said), project=project, times=times)
    now = datetime.now(UTC)
    row = {
        "project": project,
        "time": target["time"],
        "scored_at": now,
        "target": annotation.target,
        "trace_id": annotation.trace_id,
        "span_id": annotation.span_id,
        "session_id": said["session_id"] or target["session_id"],
        "name": said["name"],
        "source": "person",
        "status": "scored",
        "value": annotation.value,
        "label": said["label"],
        "explanation": said["explanation"],
        # Part of the row's key: one score an author, also where a mark stands for the name.
        "input_hash": int.from_bytes(hashlib.sha256(annotation.author.encode()).digest()[:8], "big"),
        **{name: target[name] for name in ("service", "environment", "release", "model", "prompt_name", "prompt_version")},
        "attributes": {"author": said["author"]} if said["author"] else {},
    }
    store.insert("scores", [row])
    # Nobody could say it again after a power cut.
    store.sync()
    empty = dict.fromkeys(("response_id", "evaluator", "evaluator_version", "reason"), "")
    return Score.model_validate({**row, **empty, "time_ns": target["time_ns"], "scored_at_ms": int(now.timestamp() * 1000)})


def _target(store: Store, annotation: Annotation, *, project: str, times: Mapping[str, int]) -> dict[str, Any]:
    ids = {"trace_id": annotation.trace_id, "span_id": annotation.span_id, "session_id": annotation.session_id}
    found = store.query(load("spanhouse_collector.api.sql", "scored_target"), {"project": project, **ids, **times})
    if not found:
        named = " ".join(f"{name} {value!r}" for name, value in ids.items() if value)
        raise NotFound(f"nothing with {named} is in project {project!r}; a span is visible about a second after it was sent")
    return found[0]

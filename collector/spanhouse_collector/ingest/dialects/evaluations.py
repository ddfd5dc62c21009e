"""Scores that come on spans: OpenTelemetry's results as events or attributes, OpenInference's annotations, what evaluators gave.

They stand in the translation as one JSON list, from which the store makes rows of scores (store_span_scores.sql). Must not know
that table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spanhouse_collector.ingest.dialects import reading
from spanhouse_collector.ingest.dialects.dialect import Source

#: The event of one result (semantic conventions 1.38 and later); as a log record it is a row of scores of its own.
RESULT_EVENT = "gen_ai.evaluation.result"
_RESULT = "gen_ai.evaluation."
_NAME = f"{_RESULT}name"
#: OpenInference's collections (annotations.md), and what each of them judges.
_FAMILIES = {
    f"{scope}{form}s.": (form, about)
    for scope, about in {"": "span", "trace.": "trace", "session.": "session"}.items()
    for form in ("annotation", "evaluation")
}
#: Attributes that show that a span carries scores.
KEYS = frozenset({_NAME} | {f"{family}0.{form}.name" for family, (form, _) in _FAMILIES.items()})
_KIND = "openinference.span.kind"
_OUTPUT = "output.value"
_FIELDS = ("name", "score", "label", "explanation", "annotator_kind", "identifier")

Evaluation = dict[str, Any]


def evaluations(source: Source) -> str:
    """Every result on a span once, though it may be said in several ways.

    `about` tells what was judged: the span, its trace, its session, or `caller`, what the evaluator was called for.
    """
    is_evaluator = source.attributes.get(_KIND, "").upper() == "EVALUATOR"
    if KEYS.isdisjoint(source.attributes) and not source.events and not is_evaluator:
        return ""
    given = _given(source) if is_evaluator else ()
    found: dict[tuple[str, ...], Evaluation] = {}
    for one in (*_events(source), *_annotations(source), *_own(source), *given):
        # A result without a name belongs nowhere.
        if one["name"] and (one["score"] or one["label"] or one["explanation"]):
            found.setdefault((one["about"], *(one[field] for field in _FIELDS)), one)
    return reading.encoded(list(found.values())[: reading.MAX_ITEMS])


def _events(source: Source) -> Iterator[Evaluation]:
    for event in source.events:
        if event.name == RESULT_EVENT:
            yield {**_result(event.attributes, about="span"), "time_ns": event.time_ns}


def _own(source: Source) -> Iterator[Evaluation]:
    """A result among the attributes: of the span itself, or of an evaluator's."""
    if source.attributes.get(_NAME):
        given = {key: value for key, value in source.attributes.items() if key.startswith(_RESULT)}
        yield _result(given, about="caller" if source.attributes.get("gen_ai.operation.name") == "evaluate" else "span")


def _annotations(source: Source) -> Iterator[Evaluation]:
    for family, (form, about) in _FAMILIES.items():
        for item in source.family(family):
            annotation = item.get(form) if isinstance(item, dict) else None
            if isinstance(annotation, dict):
                yield _judged(annotation, about=about)


def _given(source: Source) -> Iterator[Evaluation]:
    """What an evaluator of OpenInference gave: scores as JSON objects, or the bare number."""
    value = source.decoded(_OUTPUT)
    if value is None:
        value = {"score": reading.number(source.attributes.get(_OUTPUT, ""))}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield _judged({"annotator_kind": item.get("kind"), **item, "name": item.get("name") or source.name}, about="caller")


def _result(given: Mapping[str, str], *, about: str) -> Evaluation:
    """A result by OpenTelemetry's names."""
    said = {
        "name": given.get(_NAME, ""),
        "score": given.get(f"{_RESULT}score.value", ""),
        "label": given.get(f"{_RESULT}score.label", ""),
        "explanation": given.get(f"{_RESULT}explanation", ""),
        "response_id": given.get("gen_ai.response.id", ""),
        "session_id": given.get("session.id") or given.get("gen_ai.conversation.id", ""),
        "attributes": {key: value for key, value in given.items() if not key.startswith(_RESULT)},
    }
    return {**dict.fromkeys(_FIELDS, ""), **said, "about": about}


def _judged(given: Mapping[str, Any], *, about: str) -> Evaluation:
    """A result by OpenInference's names; `metadata` stays beside it."""
    said = {field: _score(given.get(field)) if field == "score" else reading.text(given.get(field)) for field in _FIELDS}
    beside = {"annotator_kind": said["annotator_kind"], "metadata": reading.text(given.get("metadata"))}
    return {**said, "about": about, "attributes": {key: value for key, value in beside.items() if value not in ("", "{}")}}


def _score(given: Any) -> str:
    return str(float(given)) if isinstance(given, bool) else reading.text(given)

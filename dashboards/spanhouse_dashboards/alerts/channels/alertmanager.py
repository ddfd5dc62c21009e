"""A message as Prometheus Alertmanager's API v2 takes it: each segment is an alert of its own.

Alertmanager groups, routes and silences them itself. Source: its openapi.yaml, postableAlerts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_NO_LABEL_CHARACTER = re.compile(r"[^a-zA-Z0-9_]")
# An alert that is sent again in time goes on; one that nobody sends any more, because we are gone, ends by itself.
_LEAST_LIFE = timedelta(days=1)
_ENDLESS = timedelta(days=90)
# A test shall be seen, and not stand among what fires for a day.
_TEST_LIFE = timedelta(minutes=5)


def alerts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The alerts of a message.

    Alertmanager ends those that fire after twice the repeat interval, a day at least; a test after some minutes.
    """
    repeat = timedelta(seconds=message["repeat_s"])
    life = max(2 * repeat, _LEAST_LIFE) if repeat else _ENDLESS
    if message.get("is_test"):
        life = _TEST_LIFE
    return [_alert(message, segment, life) for segment in message["alerts"]]


def _alert(message: Mapping[str, Any], segment: Mapping[str, Any], life: timedelta) -> dict[str, Any]:
    changed_at = datetime.fromisoformat(segment["changed_at"])
    ends_at = changed_at + life if segment["status"] == "firing" else changed_at
    annotations = {
        "summary": segment["message"],
        "description": message["description"],
        "runbook_url": message["runbook_url"],
        "traces_url": segment["traces_url"],
    }
    labels = {
        **{_NO_LABEL_CHARACTER.sub("_", name): value for name, value in segment["segment"].items()},
        **message["labels"],
        "alertname": message["rule"],
        "project": message["project"],
    }
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": segment["since"],
        "endsAt": ends_at.isoformat(),
        "generatorURL": segment["panel_url"],
    }

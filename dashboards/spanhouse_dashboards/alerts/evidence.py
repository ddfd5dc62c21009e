"""What the store knows about an alert beyond its reading: how it was before, and calls that show what is wrong.

Must not know states or how anyone is told.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import Store, load
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.notices import Notice
from spanhouse_dashboards.alerts.payload import Evidence
from spanhouse_dashboards.alerts.readings import read

logger = logging.getLogger(__name__)

_SQL = "spanhouse_dashboards.alerts.evidence_sql"
# Kinds whose value says by itself how it compares with before.
_ABSOLUTE = ("threshold", "budget")


def gather(store: Store, notice: Notice) -> Evidence:
    """Evidence for the worst segment of a notice that something fires; empty for one that ended.

    A notice must go out even where the store cannot answer further questions, so that is logged and leaves it empty.
    """
    if notice.status != "firing":
        return Evidence()
    worst = notice.occasions[0]
    try:
        return Evidence(before=_before(store, worst), trace_ids=_examples(store, worst))
    except SpanhouseError as failure:
        logger.warning("alert_evidence_lacking", extra={"rule": worst.rule.id, "reason": str(failure)})
        return Evidence()


def _before(store: Store, occasion: Occasion) -> float | None:
    """The segment's reading over the range before the one in which it began."""
    since = occasion.instance.active_since
    if since is None or occasion.rule.kind not in _ABSOLUTE:
        return None
    earlier = read(store, occasion.rule, project=occasion.project, at=since - timedelta(seconds=occasion.rule.window_s))
    value = next((one.value for one in earlier if one.segment == occasion.segment), None)
    # A range that was beyond already would not say what is usual.
    return None if value is None or occasion.rule.is_breached(value) else value


def _examples(store: Store, occasion: Occasion) -> list[str]:
    rule = occasion.rule
    if rule.examples == "none":
        return []
    since = occasion.instance.active_since or occasion.at
    wanted = {name: occasion.segment.get(name, "") for name in ("service", "model", "release")}
    span = {"project": occasion.project, "from": since - timedelta(seconds=rule.window_s), "to": occasion.at}
    if rule.examples == "low_score":
        found = store.query(load(_SQL, "low_scores"), {**span, **wanted, "score": str(rule.variables.get("score", ""))})
    else:
        found = store.query(load(_SQL, "example_calls"), {**span, **wanted, "wanted": rule.examples})
    return [row["trace_id"] for row in found]

"""What judges were answered before: the same question to the same model is asked once, also by another span or after a kill.

Must not know what was asked; a key stands for prompt, model and material together.
"""

import json
import threading
import time
from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import State
from spanhouse_evaluators.tables import judge_answers

KEPT = 200_000
"""Answers that are kept, the newest ones: some 80 MB of verdicts and reasons."""

_PRUNED_EVERY = 1_000


class Answers:
    """Answers by key, in the state database. Safe from several threads and processes."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._added = 0

    def find(self, key: str) -> Mapping[str, object] | None:
        """Return the document that was kept under the key; `None` if there is none."""
        with self._state.transaction() as transaction:
            text = transaction.execute(select(judge_answers.c.document).where(judge_answers.c.key == key)).scalar()
        found: Mapping[str, object] | None = None if text is None else json.loads(text)
        return found

    def keep(self, key: str, document: Mapping[str, object]) -> None:
        """Keep a document; one that is there already stays."""
        row = {"key": key, "answered_ms": time.time_ns() // 1_000_000, "document": json.dumps(document)}
        try:
            with self._state.transaction() as transaction:
                transaction.execute(insert(judge_answers).values(**row))
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):  # else two spans asked the same at one time
                raise
        with self._lock:
            self._added += 1
            is_time = self._added % _PRUNED_EVERY == 0
        if is_time:
            self.prune()

    def prune(self, *, kept: int = KEPT) -> None:
        """Forget all but the newest ones."""
        with self._state.transaction() as transaction:
            most = transaction.execute(select(func.count()).select_from(judge_answers)).scalar_one()
            if most > kept:
                oldest = select(judge_answers.c.key).order_by(judge_answers.c.answered_ms, judge_answers.c.key).limit(most - kept)
                transaction.execute(delete(judge_answers).where(judge_answers.c.key.in_(oldest)))

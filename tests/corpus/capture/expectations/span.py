"""What is expected of one capture."""

from __future__ import annotations

from collections.abc import Sequence

from tests.corpus.capture.rows import Row

#: Names of spans and their rows, in the order in which spans of one name started.
Spans = Sequence[tuple[str, Row]]

"""Every cell of the mapping table, through the real engine: what a sender writes, and what the row says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.collector.dialects import cells, content_cells, context_cells
from tests.collector.dialects.cells import TEXTS_OF_JSON, Cell
from tests.collector.dialects.conftest import Rows

pytestmark = pytest.mark.store

TABLE = {
    "kind": cells.KINDS,
    "provider and models": cells.PROVIDERS_AND_MODELS,
    "parameters": cells.PARAMETERS,
    "tokens": cells.TOKENS,
    "cost": context_cells.COSTS,
    "first token": context_cells.FIRST_TOKENS,
    "whose": context_cells.WHOSE,
    "finish reasons": context_cells.FINISH,
    "messages": content_cells.MESSAGES,
    "instructions and tools": content_cells.INSTRUCTIONS_AND_TOOLS,
    "input and output": content_cells.RAW,
    "retrieval": content_cells.RETRIEVAL,
}


@pytest.mark.parametrize("part", TABLE)
def test_what_is_said_in_a_dialect_stands_in_its_column(rows: Rows, part: str) -> None:
    found = rows([one.given for one in TABLE[part]])
    told = [(one.given, _chosen(row, one)) for row, one in zip(found, TABLE[part], strict=True)]
    wrong = [(given, row, one.row) for (given, row), one in zip(told, TABLE[part], strict=True) if row != one.row]
    assert wrong == []


def test_raw_attributes_stay_as_they_were_sent(rows: Rows) -> None:
    sent = [one.given for part in TABLE.values() for one in part]
    assert [set(row["sent"]) for row in rows(sent)] == [set(given.attributes) for given in sent]


def _chosen(row: dict[str, Any], one: Cell) -> dict[str, Any]:
    """The columns that a cell speaks of; of maps only the keys that it speaks of."""
    chosen = {}
    for column, wanted in one.row.items():
        value = row[column]
        if column == "translated":
            value = {key: value.get(key) for key in wanted}
        elif column in TEXTS_OF_JSON:
            value = _plain(value)
        chosen[column] = value
    return chosen


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text

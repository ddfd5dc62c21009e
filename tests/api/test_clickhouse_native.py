"""Native at the protocol version of newer clients: every column is marked, and nothing else changes.

Where a column's values end is told by the engine itself: what it writes for the column alone is as long as beside another.
"""

from __future__ import annotations

import pytest

from spanhouse_collector.api.clickhouse_native import MARKED_COLUMNS, with_revision
from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.storage import Store

_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"

_EXPRESSIONS = [
    "number",
    "toString(number)",
    "toFixedString('ab', 4)",
    "[number, number + 1]",
    "[[], ['a', 'bc']]",
    "emptyArrayString()",
    "[]",
    "NULL",
    "map('k', toString(number))",
    "map('k', toLowCardinality('v'))",
    "toLowCardinality(toString(number))",
    "toLowCardinality(toNullable(toString(number)))",
    "array(toLowCardinality(toNullable('z')))",
    "CAST([], 'Array(LowCardinality(String))')",
    "if(number = 1, NULL, number)",
    "CAST(number, 'Nullable(Decimal(18, 12))')",
    "CAST(number, 'Decimal(38, 12)')",
    "toDateTime64(0, 9, 'Europe/Berlin')",
    "toDateTime(0)",
    "toDate(0)",
    "CAST(1, 'Enum8(\\'a b\\' = 1, \\'c,(d\\' = 2)')",
    "CAST((1, 'a'), 'Tuple(a UInt8, `b c` String)')",
    "CAST([(1, 'a')], 'Nested(a UInt8, b LowCardinality(String))')",
    "CAST((1, 2), 'Point')",
    "tuple()",
    "true",
    "1.5",
    "toInt256(5)",
    "generateUUIDv4()",
    "toIPv6('::1')",
    "toIntervalDay(1)",
]


@pytest.mark.store
@pytest.mark.parametrize("expression", _EXPRESSIONS)
def test_a_column_of_any_type_is_marked_and_the_next_one_too(projects: Store, expression: str) -> None:
    alone = projects.raw(f"SELECT {expression} AS c FROM numbers(3)", output_format="Native")
    both = projects.raw(f"SELECT {expression} AS c, 7::UInt8 AS d FROM numbers(3)", output_format="Native")
    header = 2 + 2 + 1 + alone[4]  # two counts, the name's length and the name, the type's length and the type
    if expression != "generateUUIDv4()":
        assert both[2 : len(alone)] == alone[2:]
    expected = _INFO + both[:header] + b"\x00" + both[header : len(alone)] + b"\x01d\x05UInt8\x00\x07\x07\x07"
    assert with_revision(both, MARKED_COLUMNS) == expected


@pytest.mark.store
def test_every_block_is_marked(projects: Store) -> None:
    data = projects.raw("SELECT toString(number) AS c FROM numbers(200000)", output_format="Native")
    assert with_revision(data, MARKED_COLUMNS).count(_INFO) == data.count(b"\x01c\x06String")


def test_older_protocols_and_empty_results_are_left_as_they_are() -> None:
    assert with_revision(b"\x01\x01\x01c\x05UInt8\x07", MARKED_COLUMNS - 1) == b"\x01\x01\x01c\x05UInt8\x07"
    assert with_revision(b"", MARKED_COLUMNS) == b""


@pytest.mark.store
def test_a_type_of_unknown_length_is_refused_with_what_to_do(projects: Store) -> None:
    data = projects.raw("SELECT quantileTDigestState(1)", output_format="Native")
    with pytest.raises(QueryRejected, match="AggregateFunction cannot be sent in format Native; wrap it in toString"):
        with_revision(data, MARKED_COLUMNS)

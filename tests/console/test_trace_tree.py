"""The tree of a trace, for every way in which parents can be wrong."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanhouse_dashboards.console.trace_tree import Node, arrange


def nodes(*triples: tuple[str, str, int]) -> list[Node]:
    return [Node(span_id=span_id, parent_id=parent_id, start_ns=start_ns) for span_id, parent_id, start_ns in triples]


def drawn(*triples: tuple[str, str, int]) -> list[tuple[str, int, int, str]]:
    given_nodes = nodes(*triples)
    return [(given_nodes[row.index].span_id, row.depth, row.descendants, row.oddity) for row in arrange(given_nodes)]


def test_children_follow_their_parent_in_order_of_start() -> None:
    assert drawn(("late", "root", 3), ("root", "", 1), ("early", "root", 2), ("below", "early", 2)) == [
        ("root", 0, 3, ""),
        ("early", 1, 1, ""),
        ("below", 2, 0, ""),
        ("late", 1, 0, ""),
    ]


def test_a_span_whose_parent_was_not_received_stands_at_the_top_and_says_so() -> None:
    assert drawn(("root", "", 1), ("orphan", "gone", 2), ("child", "orphan", 3)) == [
        ("root", 0, 0, ""),
        ("orphan", 0, 1, "missing parent"),
        ("child", 1, 0, ""),
    ]


def test_a_circle_of_parents_is_cut_open_at_its_earliest_span() -> None:
    assert drawn(("hanging", "b", 0), ("b", "a", 2), ("a", "c", 1), ("c", "b", 3)) == [
        ("a", 0, 3, "cycle"),
        ("b", 1, 2, ""),
        ("hanging", 2, 0, "starts before its parent"),
        ("c", 2, 0, ""),
    ]


def test_a_span_that_is_its_own_parent_is_a_circle() -> None:
    assert drawn(("self", "self", 1), ("child", "self", 2)) == [("self", 0, 1, "cycle"), ("child", 1, 0, "")]


def test_a_child_that_starts_before_its_parent_says_so() -> None:
    assert drawn(("root", "", 5), ("child", "root", 4)) == [("root", 0, 1, ""), ("child", 1, 0, "starts before its parent")]


def test_a_chain_of_fifty_thousand_spans_is_arranged() -> None:
    rows = arrange(nodes(*((str(n), str(n - 1) if n else "", n) for n in range(50_000))))
    assert (rows[-1].depth, rows[0].descendants) == (49_999, 49_999)


IDS = st.sampled_from("abcdefgh")


@given(parents=st.dictionaries(IDS, st.one_of(st.just(""), IDS, st.just("gone"))), starts=st.randoms())
def test_every_span_appears_once_and_below_something_one_level_up(parents: dict[str, str], starts: object) -> None:
    given_nodes = nodes(*((span_id, parent, starts.randint(0, 5)) for span_id, parent in parents.items()))  # type: ignore[attr-defined]  # hypothesis' random
    rows = arrange(given_nodes)
    assert sorted(row.index for row in rows) == list(range(len(given_nodes)))
    depths = [row.depth for row in rows]
    assert all(depth == 0 or depth <= before + 1 for before, depth in zip([-1, *depths], depths, strict=False))
    for number, row in enumerate(rows):
        below = rows[number + 1 : number + 1 + row.descendants]
        assert all(one.depth > row.depth for one in below)

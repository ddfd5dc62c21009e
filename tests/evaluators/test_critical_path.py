"""What the end of a trace waited for."""

from hypothesis import given
from hypothesis import strategies as st

from spanhouse_evaluators.contract import Context, Unscored
from spanhouse_evaluators.critical_path import critical_path, critical_path_ms, time_by_work
from spanhouse_evaluators.run import run


def span(span_id: str, start: int, end: int, *, parent: str = "", kind: str = "span") -> Context:
    return Context(span_id=span_id, name=span_id, parent_span_id=parent, kind=kind, start_time_ns=start, duration_ns=end - start)


def path(*spans: Context) -> list[tuple[str, int, int]]:
    return [(step.span_id, step.start_ns, step.end_ns) for step in critical_path(spans)]


def test_of_two_calls_at_one_time_the_slower_one_is_waited_for() -> None:
    found = path(
        span("root", 0, 100), span("fast", 10, 40, parent="root", kind="tool"), span("slow", 10, 90, parent="root", kind="llm")
    )
    assert found == [("root", 0, 10), ("slow", 10, 90), ("root", 90, 100)]


def test_calls_one_after_the_other_are_all_waited_for() -> None:
    found = path(
        span("root", 0, 100), span("a", 10, 40, parent="root"), span("b", 50, 90, parent="root"), span("c", 60, 80, parent="b")
    )
    assert found == [
        ("root", 0, 10),
        ("a", 10, 40),
        ("root", 40, 50),
        ("b", 50, 60),
        ("c", 60, 80),
        ("b", 80, 90),
        ("root", 90, 100),
    ]


def test_a_call_that_overlaps_the_one_waited_for_counts_up_to_its_start() -> None:
    found = path(span("root", 0, 100), span("a", 0, 60, parent="root"), span("b", 50, 100, parent="root"))
    assert found == [("a", 0, 50), ("b", 50, 100)]


def test_time_is_told_by_what_it_was_spent_on() -> None:
    spans = (
        span("root", 0, 10_000_000, kind="agent"),
        span("find", 1_000_000, 3_000_000, parent="root", kind="retriever"),
        span("ask", 3_000_000, 8_000_000, parent="root", kind="llm"),
        span("act", 8_000_000, 9_000_000, parent="root", kind="tool"),
    )
    assert time_by_work(critical_path(spans)) == {
        "model": 5_000_000,
        "tool": 1_000_000,
        "retrieval": 2_000_000,
        "own_code": 2_000_000,
    }
    outcomes = run(critical_path_ms, Context(spans=spans))
    assert {name: outcome.value for name, outcome in outcomes.items()} == {  # type: ignore[union-attr]  # Scores
        "critical_path.model_ms": 5.0,
        "critical_path.tool_ms": 1.0,
        "critical_path.retrieval_ms": 2.0,
        "critical_path.own_code_ms": 2.0,
    }
    assert run(critical_path_ms, Context()) == {"critical_path": Unscored("no trace")}


def test_a_chain_deeper_than_python_calls_is_followed() -> None:
    chain = [span(str(n), n, 10_000 - n, parent=str(n - 1)) for n in range(3_000)]
    assert len(critical_path(chain)) == 2 * 3_000 - 1


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(-1, 12), st.sampled_from(["llm", "tool", "span"])),
        min_size=1,
        max_size=12,
    )
)
def test_steps_fill_the_trace_without_gap_and_without_overlap(drawn: list[tuple[int, int, int, str]]) -> None:
    # Any parents: also later ones, missing ones, themselves and each other; children that outlive or precede their parents.
    spans = [span(str(n), start, start + took, parent=str(of), kind=kind) for n, (start, took, of, kind) in enumerate(drawn)]
    steps = critical_path(spans)
    ends = [min(start for start, *_ in drawn), *(step.end_ns for step in steps)]
    assert [step.start_ns for step in steps] == ends[:-1]
    assert ends[-1] == max(start + took for start, took, *_ in drawn)
    assert all(step.duration_ns > 0 for step in steps)

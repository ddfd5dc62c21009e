"""Which spans are chosen: said one by one in a sentence, and over frames, by the same rules."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_evaluators.contract import Context
from spanhouse_evaluators.selection import Candidate, Selection, chosen, obstacle

SPANS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["llm", "tool"]),
        "model": st.sampled_from(["", "small", "large"]),
        "environment": st.sampled_from(["", "prod"]),
        "failed": st.booleans(),
        "duration_ns": st.sampled_from([0, 999_999, 1_000_000, 5_000_000]),
        "sampled": st.sampled_from([0.0, 0.25, 0.5, 0.99]),
    }
)
SELECTIONS = st.builds(
    Selection,
    kinds=st.sampled_from([(), ("llm",), ("llm", "tool")]),
    models=st.sampled_from([(), ("small",)]),
    environments=st.sampled_from([(), ("prod", "dev")]),
    sample=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    always_failed=st.booleans(),
    slow_ms=st.sampled_from([None, 0, 1, 5]),
)


@given(SELECTIONS, st.lists(SPANS, min_size=1, max_size=5))
def test_a_frame_is_chosen_from_as_its_spans_one_by_one(selection: Selection, spans: list[dict[str, object]]) -> None:
    rest = {"stored_ms": 0, "input_hash": 0, "service": "", "response_id": "", "prompt_name": "", "prompt_version": ""}
    alone = []
    for span in spans:
        context = Context(**{name: value for name, value in span.items() if name != "sampled"})  # type: ignore[arg-type]  # drawn
        alone.append(obstacle(selection, Candidate(context=context, sampled=span["sampled"], **rest)) is None)  # type: ignore[arg-type]
    assert pl.DataFrame(spans).select(chosen(selection)).to_series().to_list() == alone

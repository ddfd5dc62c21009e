"""Where the report says a change comes from: the part that adds most to it, also where it is new, and the narrowest such part."""

from __future__ import annotations

from itertools import product

import pytest

from spanhouse_dashboards.report.causes import Measure, Row, mean_cause, named

# Service, model, release, calls before and now, and their mean before and now.
Part = tuple[str, str, str, int, int, float, float]

_MEAN = Measure(
    count="scored", count_before="scored_before", value=lambda row: row["now"], value_before=lambda row: row["before"]
)


def _cube(*parts: Part) -> list[Row]:
    """A row for each choice of what to group by, as the store's statement gives them."""
    rows: list[Row] = []
    for by in product((False, True), repeat=3):
        keys = {tuple(name if is_by else "" for name, is_by in zip(part[:3], by, strict=True)) for part in parts}
        for key in sorted(keys):
            own = [part for part in parts if all(not is_by or part[n] == key[n] for n, is_by in enumerate(by))]
            before, now = sum(part[3] for part in own), sum(part[4] for part in own)
            rows.append(
                {
                    **dict(zip(("service", "model", "release"), key, strict=True)),
                    **dict(zip(("by_service", "by_model", "by_release"), map(int, by), strict=True)),
                    "scored_before": before,
                    "scored": now,
                    "before": sum(part[3] * part[5] for part in own) / before if before else 0.0,
                    "now": sum(part[4] * part[6] for part in own) / now if now else 0.0,
                }
            )
    return rows


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            [("a", "m", "1", 900, 450, 0.97, 0.97), ("a", "n", "1", 100, 50, 0.97, 0.96), ("a", "m", "2", 0, 500, 0, 0.4)],
            {"release": "2"},
            id="a new release, not the small change of the old one",
        ),
        pytest.param(
            [("a", "m", "1", 500, 500, 0.9, 0.5), ("a", "n", "1", 500, 500, 0.9, 0.9), ("b", "n", "1", 500, 500, 0.9, 0.9)],
            {"model": "m"},
            id="the model, not the service that has others too",
        ),
        pytest.param(
            [("a", "m", "1", 500, 500, 0.9, 0.5), ("a", "n", "1", 500, 500, 0.9, 0.9), ("b", "m", "1", 500, 500, 0.9, 0.9)],
            {"model": "m", "service": "a"},
            id="a model of one service",
        ),
        pytest.param(
            [("a", "m", "1", 500, 0, 0.2, 0), ("a", "n", "1", 500, 500, 0.9, 0.9)], {"model": "m"}, id="a model that is gone"
        ),
        pytest.param([("a", "m", "1", 500, 500, 0.9, 0.5)], None, id="everything is one part"),
        pytest.param([("a", "m", "1", 0, 500, 0, 0.5), ("a", "n", "1", 0, 5, 0, 0.5)], None, id="nothing the week before"),
    ],
)
def test_the_cause_of_a_change_is_the_narrowest_part_that_adds_most_to_it(
    parts: list[Part], expected: dict[str, str] | None
) -> None:
    cause = mean_cause(_cube(*parts), _MEAN)
    assert (cause and {name: cause.row[name] for name in named(cause.row)}) == expected
    # Half of it is the least: where one of two parts went, that and what it left the rest are the same change.
    assert cause is None or cause.share >= 0.499

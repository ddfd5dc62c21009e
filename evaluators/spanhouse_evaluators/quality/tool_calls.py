"""Whether the tool calls of an answer could be carried out as they stand."""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.checks import check

NONE = "no tool definitions"


@frame_evaluator("tool_calls", "2", bounds=(0.0, 1.0), higher_is_better=True)
def tool_calls(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the share of calls that name a defined tool and fit its parameters' schema.

    Reads the attributes `gen_ai.tool.definitions` and `gen_ai.output.messages` as the OpenTelemetry GenAI conventions define
    them, and OpenAI's form of both. Unscored without calls, without definitions, and where a schema cannot be read or takes
    too long to check.
    """
    rows = frame.select("tool_definitions", "output_messages").with_row_index("row")
    parts = [rows.filter(pl.col("tool_definitions") == "").select("row", value=pl.lit(None, pl.Float64), reason=pl.lit(NONE))]
    for calls in rows.filter(pl.col("tool_definitions") != "").partition_by("tool_definitions"):
        found = check("definitions", by=calls["tool_definitions"][0], items=calls["output_messages"].to_list())
        parts.append(found.select(calls["row"], "value", "reason"))
    found = pl.concat(parts).sort("row")
    return answer(found["value"], reason=found["reason"])

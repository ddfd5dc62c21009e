"""Panels of the page 'Latency'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(id="latency", title="Latency", description="How long calls take, and for whom.")

PANELS = (
    Panel(
        id="first-token-by-model",
        page=PAGE.id,
        title="Time to first token by model",
        description="95th percentile of the wait for the first chunk of streamed calls.",
        kind="timeseries",
        sql="first_token_by_model",
        unit="ms",
    ),
    Panel(
        id="latency-heatmap",
        page=PAGE.id,
        title="Durations",
        description="How many LLM calls took how long, in steps from a tenth of a second to more than 100 seconds.",
        kind="heatmap",
        sql="latency_heatmap",
    ),
    Panel(
        id="latency-by-release",
        page=PAGE.id,
        title="Latency by release",
        description="Median, 95th and 99th percentile of the duration of LLM calls, release against release.",
        kind="timeseries",
        sql="latency_by_release",
        unit="ms",
    ),
    Panel(
        id="latency-by-provider",
        page=PAGE.id,
        title="Latency by provider",
        description="Median, 95th and 99th percentile of the duration of LLM calls, provider against provider.",
        kind="timeseries",
        sql="latency_by_provider",
        unit="ms",
    ),
    Panel(
        id="output-speed",
        page=PAGE.id,
        title="Output speed by model",
        description="Output tokens per second of the whole call, the wait for the first one included.",
        kind="timeseries",
        sql="output_speed",
        unit="none",
    ),
    Panel(
        id="latency-by-prompt",
        page=PAGE.id,
        title="Slowest prompts",
        description="Prompts whose calls take longest at the 95th percentile, by version.",
        kind="table",
        sql="latency_by_prompt",
        unit="ms",
    ),
    Panel(
        id="slowest-calls",
        page=PAGE.id,
        title="Slowest calls",
        description="The 20 slowest LLM calls of the range.",
        kind="table",
        sql="slowest_calls",
        unit="none",
    ),
)

"""Panels of the page 'Experiments'."""

from spanhouse_dashboards.panels.model import Matrix, Page, Panel

PAGE = Page(
    id="experiments",
    title="Experiments",
    description="Runs over a data set: traces whose spans have the metadata experiment and item, and their scores.",
)

PANELS = (
    Panel(
        id="experiment-runs",
        page=PAGE.id,
        title="Experiments",
        description="How many traces and items each ran, how long those took and what they cost; the newest first.",
        kind="table",
        sql="experiment_runs",
        unit="none",
    ),
    Panel(
        id="experiment-means",
        page=PAGE.id,
        title="Mean scores",
        description="Mean of each score in the ten newest experiments.",
        kind="barchart",
        sql="experiment_means",
        unit="none",
        matrix=Matrix(row="name", column="experiment", value="mean"),
    ),
    Panel(
        id="experiments",
        page=PAGE.id,
        title="Scores",
        description="Each score's mean over the items with its 95% interval, and how many of those asked for have a value.",
        kind="table",
        sql="experiments",
        unit="none",
        width=24,
    ),
    Panel(
        id="experiment-pairs",
        page=PAGE.id,
        title="Against the experiment before",
        description="The mean difference of the items that both have, with its 95% interval.",
        kind="table",
        sql="experiment_pairs",
        unit="none",
        width=24,
    ),
)

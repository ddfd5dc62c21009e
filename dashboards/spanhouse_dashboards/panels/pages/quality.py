"""Panels of the page 'Quality'."""

from spanhouse_dashboards.panels.model import Matrix, Page, Panel

PAGE = Page(id="quality", title="Quality", description="Scores by evaluators, users and reviewers.")

PANELS = (
    Panel(
        id="scores-by-release",
        page=PAGE.id,
        title="Mean scores by release",
        description="Mean of each score in each release, with the share of judged spans that have a value.",
        kind="barchart",
        sql="scores_by_release",
        unit="none",
        matrix=Matrix(row="name", column="release", value="mean"),
    ),
    Panel(
        id="feedback",
        page=PAGE.id,
        title="Feedback",
        description="Scores given by users and reviewers: their mean and how many there were.",
        kind="timeseries",
        sql="feedback",
        unit="none",
    ),
    Panel(
        id="score-distribution",
        page=PAGE.id,
        title="Distribution of scores",
        description="How many values of each score fall into each tenth of the scale from 0 to 1.",
        kind="barchart",
        sql="score_distribution",
        matrix=Matrix(row="range", column="name", value="scores"),
    ),
    Panel(
        id="score-summary",
        page=PAGE.id,
        title="Scores in figures",
        description="Each score's mean with its 95 % interval, and how much of what should be scored has a value.",
        kind="table",
        sql="score_summary",
        unit="none",
    ),
    Panel(
        id="scores-by-prompt",
        page=PAGE.id,
        title="Scores by prompt version",
        description="Mean of each score by prompt and version, with coverage.",
        kind="table",
        sql="scores_by_prompt",
        unit="none",
    ),
    Panel(
        id="lowest-scores",
        page=PAGE.id,
        title="Lowest scores",
        description="The 20 lowest scores of the range, with the evaluator's reason.",
        kind="table",
        sql="lowest_scores",
        unit="none",
    ),
)

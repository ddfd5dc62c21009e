"""Panels of the page 'Training'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(
    id="training",
    title="Training",
    description="Training jobs by OpenTelemetry metrics, known by their last word (train/loss, eval_accuracy, lr).",
)

PANELS = (
    Panel(
        id="training-loss",
        page=PAGE.id,
        title="Loss",
        description="Metrics that end with loss, by run and name; a run is the attribute run.id, run_id, run.name or run.",
        kind="timeseries",
        sql="training_loss",
        unit="none",
    ),
    Panel(
        id="training-accuracy",
        page=PAGE.id,
        title="Accuracy",
        description="Metrics that end with accuracy, acc, f1, precision, recall or auc, by run and name.",
        kind="timeseries",
        sql="training_accuracy",
        unit="none",
    ),
    Panel(
        id="training-rate",
        page=PAGE.id,
        title="Learning rate",
        description="Metrics that end with learning_rate or lr, by run and name.",
        kind="timeseries",
        sql="training_rate",
        unit="none",
    ),
    Panel(
        id="training-speed",
        page=PAGE.id,
        title="Speed",
        description="Metrics that end with samples, steps, tokens or examples per second (tokens_per_second), by run and name.",
        kind="timeseries",
        sql="training_speed",
        unit="none",
    ),
    Panel(
        id="training-resources",
        page=PAGE.id,
        title="Processors and GPUs",
        description="Of services that report a loss: process.cpu.utilization, hw.gpu.*, gpu.utilization, DCGM_FI_DEV_GPU_UTIL.",
        kind="timeseries",
        sql="training_resources",
        unit="percentunit",
    ),
    Panel(
        id="training-runs",
        page=PAGE.id,
        title="Runs",
        description="Runs that reported a loss or an accuracy, newest first, with the newest and the best of them.",
        kind="table",
        sql="training_runs",
        unit="none",
    ),
)

"""The weekly report: what changed, why, what it costs and what to do, in plain words, every figure with its query."""

from spanhouse_dashboards.report.build import Report, build
from spanhouse_dashboards.report.page import letter, page, summary
from spanhouse_dashboards.report.week import Week

__all__ = ["Report", "Week", "build", "letter", "page", "summary"]

"""The report as one HTML file that needs nothing else, as a letter, and as a few lines of text. Must not know the store."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from spanhouse_dashboards.report.build import Report
from spanhouse_dashboards.words import when


def page(report: Report) -> str:
    """The whole report, with pictures and queries inside."""
    return _rendered(report, is_whole=True)


def letter(report: Report) -> str:
    """The report as mail programs show it: without pictures and queries, which are in the file beside it."""
    return _rendered(report, is_whole=False)


def summary(report: Report) -> str:
    """The report's subject line."""
    return f"Spanhouse: {report.project}, {report.week.words} to {report.week.end:%Y-%m-%d}. {report.headline}"


def _rendered(report: Report, *, is_whole: bool) -> str:
    pictures = {title: (b64encode(one.png).decode(), one.sql) for title, one in report.pictures.items()} if is_whole else {}
    return _environment().get_template("report.html").render(report=report, pictures=pictures, is_whole=is_whole)


@cache
def _environment() -> Environment:
    loader = PackageLoader("spanhouse_dashboards.report", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["when"] = when
    return environment

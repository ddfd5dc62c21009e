"""Panels of the page 'Sessions and users'."""

from spanhouse_dashboards.panels.model import Matrix, Page, Panel

PAGE = Page(id="sessions", title="Sessions and users", description="Who uses the application, and how long.")

PANELS = (
    Panel(
        id="users-total",
        page=PAGE.id,
        title="Users",
        description="Different users in the range, however often each came back; estimated to within 2%.",
        kind="stat",
        sql="users_total",
        height=4,
    ),
    Panel(
        id="sessions-total",
        page=PAGE.id,
        title="Sessions",
        description="Different sessions in the range, estimated to within 2%.",
        kind="stat",
        sql="sessions_total",
        height=4,
    ),
    Panel(
        id="sessions-and-users",
        page=PAGE.id,
        title="Sessions and users",
        description="Sessions and users seen per interval, estimated to within 2%.",
        kind="timeseries",
        sql="sessions_and_users",
        width=24,
    ),
    Panel(
        id="longest-sessions",
        page=PAGE.id,
        title="Longest sessions",
        description="The 20 sessions with the most traces.",
        kind="table",
        sql="longest_sessions",
        unit="none",
        width=24,
    ),
    Panel(
        id="calls-by-segment",
        page=PAGE.id,
        title="Where calls come from",
        description="LLM calls by environment, service, provider and operation.",
        kind="barchart",
        sql="calls_by_segment",
        matrix=Matrix(row="segment", column="name", value="calls"),
        width=24,
    ),
)

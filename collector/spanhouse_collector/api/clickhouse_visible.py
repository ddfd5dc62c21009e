"""What of the store one project sees: which tables, which of their rows, and which functions exist for it.

Rows are held apart by `additional_table_filters`, which the engine applies to a table wherever a statement reaches it: in
subqueries, joins, and below our views. Must not know statements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from spanhouse_collector.api.clickhouse_names import CATALOGUES, is_open_function
from spanhouse_collector.storage import Session, load
from spanhouse_collector.storage.session import escaped, quoted

_SQL = "spanhouse_collector.api.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """`filters` is a condition on rows by `database.table`, in the order in which the engine is to meet them."""

    database: str
    tables: frozenset[str]
    all_tables: frozenset[str]
    other_databases: frozenset[str]
    filters: Mapping[str, str]
    closed_functions: frozenset[str]

    def is_hidden(self, table: str) -> bool:
        """Whether this unqualified name is a table that the project must not see."""
        return table in self.all_tables and table not in self.tables


def visible(session: Session, *, database: str, project: str) -> Visible:
    """What a project sees now; tables that come later are not in it and so not readable."""
    parameters = {"database": escaped(database)}
    rows = _rows(session, load(_SQL, "gateway_tables").text, parameters)
    databases = _rows(session, load(_SQL, "gateway_databases").text, {})
    columns = {row["name"]: row["project_column"] for row in rows}
    tables = frozenset(name for name, column in columns.items() if column)
    filters = {f"{database}.{name}": f"{columns[name]} = {quoted(project)}" for name in sorted(tables)}
    return Visible(
        database=database,
        tables=tables,
        all_tables=frozenset(columns),
        other_databases=frozenset(row["name"] for row in databases) - {database, *CATALOGUES},
        filters={**filters, **_catalogue_filters(database, tables)},
        closed_functions=_closed_functions(session),
    )


def _catalogue_filters(database: str, tables: frozenset[str]) -> dict[str, str]:
    """The engine's own catalogue speaks of this database and of itself, not of others and not of tables one cannot read."""
    databases = ", ".join(quoted(name) for name in (database, *sorted(CATALOGUES)))
    names = ", ".join(quoted(name) for name in sorted(tables))
    return {
        "system.databases": f"name IN ({databases})",
        "system.tables": f"database IN ({databases}) AND (database != {quoted(database)} OR name IN ({names}))",
        "system.columns": f"database IN ({databases}) AND (database != {quoted(database)} OR table IN ({names}))",
    }


_closed: dict[str, frozenset[str]] = {}


def _closed_functions(session: Session) -> frozenset[str]:
    """Lower-case names of functions that are refused; the engine's list does not change while it runs."""
    if "names" not in _closed:
        rows = _rows(session, load(_SQL, "gateway_functions").text, {})
        closed = (row for row in rows if not is_open_function(row["original"], row["category"]))
        _closed["names"] = frozenset(row["name"].lower() for row in closed)
    return _closed["names"]


def _rows(session: Session, sql: str, parameters: Mapping[str, str]) -> list[dict[str, str]]:
    body = session.run(sql, parameters, output_format="JSONEachRow").body
    return [json.loads(line) for line in body.splitlines()]

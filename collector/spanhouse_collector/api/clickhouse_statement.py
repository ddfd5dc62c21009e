"""Whether a foreign statement may run, and how: the engine parses it, we read the tree it gives.

Allowed are statements that read: SELECT in all its forms, EXPLAIN of one, SHOW, DESCRIBE, EXISTS. Every function, table and
setting in the tree must be one that is known; a filter that a client sets is joined to the one that keeps projects apart, and a
limit to ours. This is the second fence: behind it stands the engine's role `reader`. Must not know HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spanhouse_collector.api.clickhouse_errors import CODES, rejected
from spanhouse_collector.api.clickhouse_names import (
    CATALOGUES,
    SYSTEM_TABLES,
    TABLE_FUNCTIONS,
    TRANSPORT_SETTINGS,
    is_format,
    is_setting,
)
from spanhouse_collector.api.clickhouse_visible import Visible
from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.storage import Session
from spanhouse_collector.storage.session import escaped, quoted

Tree = dict[str, Any]

_SELECTS = frozenset({"SelectWithUnionQuery", "SelectIntersectExceptQuery", "SelectQuery"})
_SHOWS = frozenset({"ShowTablesQuery", "ShowColumnsQuery", "ShowIndexesQuery"})
# Marks of SHOW MERGES, CLUSTERS and the like, which speak of the server.
_CLOSED_SHOWS = frozenset({"merges", "cluster", "clusters", "caches", "dictionaries", "temporary"})
# ESTIMATE and TABLE OVERRIDE speak of rows and tables beyond the caller's.
_EXPLAINS = frozenset({"EXPLAIN", "EXPLAIN AST", "EXPLAIN SYNTAX", "EXPLAIN QUERY TREE", "EXPLAIN PIPELINE"})
_FILTERS = "additional_table_filters"
# The engine's own default (max_query_size): what is longer it would refuse to run, after we had judged its tree.
_LONGEST_BYTES = 256 * 1024
# Statements that the engine parses but does not give as a tree; what they name is read as if it stood after FROM.
_NAMING = re.compile(r"(?:DESCRIBE TABLE|EXISTS TABLE|EXISTS VIEW|SHOW CREATE TABLE|SHOW CREATE VIEW) (?P<source>.+)", re.DOTALL)
_LISTING = re.compile(r"SHOW FUNCTIONS(?: I?LIKE '(?:[^'\\]|\\.)*')?(?: FORMAT (?P<format>\w+))?")
_SET = re.compile(r"\s*SET\s", re.IGNORECASE)
_NO_TREE = re.compile(r"not support.* (JSON serialization|parseQueryToJSON)")
# The engine tells where in our own call an error lies; the client did not write that.
_OUR_CALL = re.compile(r": In scope SELECT (?:parse|format)Query\w*\(.*(?= \([A-Z_]+\)$)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one statement may take. A client can ask for less, not for more."""

    max_execution_time: int
    max_memory_usage: int
    max_result_bytes: int

    def by_setting(self) -> dict[str, int]:
        """The limits by the name of the engine's setting."""
        return {
            "max_execution_time": self.max_execution_time,
            "max_memory_usage": self.max_memory_usage,
            "max_result_bytes": self.max_result_bytes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A statement that may run: its text, its settings, and its own output format ('' if it names none)."""

    text: str
    settings: Mapping[str, str]
    output_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Judges statements for one project. `session` still has the rights to parse; it runs nothing of the client's here."""

    session: Session
    visible: Visible
    limits: Limits
    database: str
    params: Mapping[str, str] = field(default_factory=dict)

    def admit(self, sql: str, settings: Mapping[str, str]) -> Admitted:
        """The statement as it may run with these settings. Raises QueryRejected with ClickHouse's code and a reason."""
        if len(sql.encode()) > _LONGEST_BYTES:
            raise rejected("SYNTAX_ERROR", f"Max query size exceeded: give at most {_LONGEST_BYTES} bytes")
        own = self._own_settings(settings)
        tree = self._tree(sql)
        if tree is None:
            return self._admit_naming(sql, own)
        before = json.dumps(tree)
        self._check_kind(tree)
        self._check(tree)
        output_format = _format_of(tree)
        text = sql if json.dumps(tree) == before else self._text(tree)
        return Admitted(text=text, settings=own, output_format=output_format)

    def session_changes(self, sql: str) -> dict[str, str] | None:
        """The settings that a statement SET gives, by name; None for any other statement. Raises QueryRejected as `admit`."""
        tree = self._tree(sql) if _SET.match(sql) else None
        if tree is None or tree["type"] != "SetQuery":
            return None
        if set(tree) != {"type", "is_standalone", "changes"}:
            raise rejected("READONLY", "settings can be given values here, not defaults or parameters")
        for change in tree["changes"]:
            _check_setting(change["name"])
        changes = {change["name"]: _setting_text(change) for change in tree["changes"]}
        self._own_settings(changes)
        return changes

    def description_of(self, admitted: Admitted) -> str | None:
        """A statement that gives names and types of an admitted SELECT's columns without running it; None for other kinds."""
        tree = self._tree(admitted.text)
        if tree is None or tree["type"] not in _SELECTS:
            return None
        tree.pop("format_ast", None)
        return f"DESCRIBE ({self._text(tree)})"

    def _admit_naming(self, sql: str, settings: Mapping[str, str]) -> Admitted:
        canonical = self._call("formatQuerySingleLine", sql).strip()
        if listing := _LISTING.fullmatch(canonical):
            return Admitted(text=sql, settings=settings, output_format=_known_format(listing["format"] or ""))
        found = _NAMING.fullmatch(canonical)
        if found is None:
            raise _refused_kind(canonical)
        tree = self._required_tree(f"SELECT * FROM {found['source']}")  # noqa: S608 - parsed to be judged, never run
        before = json.dumps(tree)
        self._check(tree)
        if json.dumps(tree) != before:
            raise rejected("READONLY", "settings that concern rows cannot be given here; leave them out")
        return Admitted(text=sql, settings=settings, output_format=_format_of(tree))

    def _own_settings(self, given: Mapping[str, str]) -> dict[str, str]:
        """The session's settings: limits and filters, and what the client may add to them."""
        settings = {name: str(value) for name, value in self.limits.by_setting().items()}
        settings[_FILTERS] = _map_text(self.visible.filters)
        for name, value in given.items():
            if name in TRANSPORT_SETTINGS:
                continue
            _check_setting(name)
            if name == _FILTERS:
                settings[name] = _map_text(self._joined(self._filters_in(value)))
            elif name in self.limits.by_setting():
                settings[name] = self._limited(name, value)
            else:
                settings[name] = value
        return settings

    def _filters_in(self, text: str) -> dict[str, str]:
        tree = self._tree(f"SELECT 1 SETTINGS {_FILTERS} = {text}")
        changes = [change for node in _nodes(tree) if node.get("type") == "SetQuery" for change in node.get("changes", ())]
        if [change["name"] for change in changes] != [_FILTERS]:
            raise _bad_filters(text)
        return _filters(changes[0]["value"])

    def _check_kind(self, tree: Tree) -> None:
        kind = tree["type"]
        if kind == "ExplainQuery":
            if tree["kind"] not in _EXPLAINS or tree.get("query", {}).get("type") not in _SELECTS:
                raise _refused_kind(tree["kind"])
        elif kind not in _SELECTS | _SHOWS or _CLOSED_SHOWS & {key for key, value in tree.items() if value}:
            raise _refused_kind(kind)

    def _check(self, tree: Tree) -> None:
        names = {node["name"] for node in _nodes(tree) if node.get("type") == "WithElement"}
        explain_settings = tree.get("settings") if tree["type"] == "ExplainQuery" else None
        for node in _nodes(tree):
            if "out_file" in node:
                raise _refused_kind("INTO OUTFILE")
            if node is not explain_settings:
                self._check_node(node, names)

    def _check_node(self, node: Tree, subqueries: set[str]) -> None:
        kind = node.get("type")
        if kind == "TableExpression" and "table_function" in node:
            _check_table_function(node["table_function"])
        elif kind == "Function":
            self._check_function(node, subqueries)
        elif kind == "ColumnsApplyTransformer":
            self._check_function_name(node.get("func_name", ""))
        elif kind == "TableIdentifier":
            self._check_table(node, subqueries, is_table=True)
        elif kind == "SetQuery":
            self._check_settings(node)

    def _check_function(self, node: Tree, subqueries: set[str]) -> None:
        self._check_function_name(node["name"])
        arguments = node.get("arguments", {}).get("children", ())
        # The right side of IN may name a table as if it were a column.
        if node["name"].lower().endswith("in") and len(arguments) == 2 and arguments[1].get("type") == "Identifier":
            self._check_table(arguments[1], subqueries, is_table=False)

    def _check_function_name(self, name: str) -> None:
        # A table function stands in TableExpression; elsewhere the same name is a scalar function, or none at all.
        if name.lower() in self.visible.closed_functions:
            raise rejected("ACCESS_DENIED", f"function {name} is not available here")

    def _check_table(self, node: Tree, subqueries: set[str], *, is_table: bool) -> None:
        """A name after FROM must be a table one can see, or a subquery's; a name after IN must not be a hidden table's."""
        database, table = self._parts(node)
        where = database or self.database
        if where in CATALOGUES and (where != "system" or table in SYSTEM_TABLES):
            return
        if where == self.visible.database and not self.visible.is_hidden(table):
            is_subquery = not database and table in subqueries
            if table in self.visible.tables or is_subquery or not is_table:
                return
        elif not is_table and where not in self.visible.other_databases | CATALOGUES | {self.visible.database}:
            return  # a column, named with the alias of its table
        name = f"{database}.{table}" if database else table
        raise rejected("UNKNOWN_TABLE", f"Unknown table expression identifier '{name}'")

    def _parts(self, node: Tree) -> tuple[str, str]:
        """Database ('' if none is named) and table; a part that a parameter fills is read from the parameter."""
        given = iter([self.params.get(child["name"], "") for child in node.get("children", ())])
        parts = [part or next(given, "") for part in node.get("name_parts", [node["name"]])]
        return ("", parts[0]) if len(parts) == 1 else (parts[0], ".".join(parts[1:]))

    def _check_settings(self, node: Tree) -> None:
        if set(node) - {"type", "changes"}:
            raise rejected("READONLY", "settings can be given values here, not defaults or parameters")
        for change in node.get("changes", ()):
            name = change["name"]
            _check_setting(name)
            if name == _FILTERS:
                change["value"] = _map_tree(self._joined(_filters(change["value"])))
            elif name in self.limits.by_setting():
                change["value"] = _string_tree(self._limited(name, change["value"].get("value")))

    def _limited(self, name: str, value: object) -> str:
        """The smaller one of what is asked for and our limit; 0 asks for no limit."""
        limit = self.limits.by_setting()[name]
        try:
            asked = float(str(value))
        except ValueError:
            raise rejected("BAD_ARGUMENTS", f"{name} is {value!r}; give a number") from None
        return f"{asked:.15g}" if 0 < asked < limit else str(limit)

    def _joined(self, given: Mapping[str, str]) -> dict[str, str]:
        """Our filters, then the client's; one on the same table is joined to ours, for the engine takes the first that fits."""
        joined = dict(self.visible.filters)
        for table, condition in given.items():
            full = table if "." in table else f"{self.database}.{table}"
            key = full if full in joined else table
            joined[key] = self._both(joined[key], condition) if key in joined else self._both("1", condition)
        return joined

    def _both(self, ours: str, theirs: str) -> str:
        """Both conditions as one, joined as trees: as texts, a bracket in the one could open up the other."""
        conditions = [_expression(self._required_tree(f"SELECT {text}"), text) for text in (ours, theirs)]
        self._check({"type": "ExpressionList", "children": conditions})
        tree = self._required_tree("SELECT 1 AND 1")
        _expression(tree, "")["arguments"]["children"] = conditions
        return self._text(tree).removeprefix("SELECT ").strip()

    def _required_tree(self, sql: str) -> Tree:
        tree = self._tree(sql)
        if tree is None:
            raise _bad_filters(sql)
        return tree

    def _tree(self, sql: str) -> Tree | None:
        """The engine's parse; None for the few kinds of statements that it does not give as a tree."""
        try:
            tree = json.loads(self._call("parseQueryToJSON", sql))
        except QueryRejected as error:
            if error.code == CODES["BAD_ARGUMENTS"] and _NO_TREE.search(str(error)):
                return None
            raise
        except RecursionError:
            raise rejected("TOO_DEEP_RECURSION", "the statement is nested too deeply; write it with fewer levels") from None
        return tree if isinstance(tree, dict) else None

    def _text(self, tree: Tree) -> str:
        return self._call("formatQueryFromJSON", json.dumps(tree))

    def _call(self, function: str, text: str) -> str:
        sql = f"SELECT {function}({{text:String}})"
        try:
            answer = self.session.run(sql, {"text": escaped(text)}, output_format="JSONCompactEachRow")
        except QueryRejected as error:
            raise QueryRejected(_OUR_CALL.sub("", str(error)), code=error.code) from None
        return str(json.loads(answer.body)[0])


def _nodes(tree: Any) -> Iterator[Tree]:
    """Every node of a tree, in no particular order."""
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _format_of(tree: Tree) -> str:
    return _known_format(str(tree.get("format_ast", {}).get("name", "")))


def _known_format(name: str) -> str:
    if name and not is_format(name):
        raise rejected("UNKNOWN_FORMAT", f"format {name} is not available here")
    return name


def _check_table_function(node: Tree) -> None:
    if node["name"].lower() not in TABLE_FUNCTIONS:
        raise rejected("ACCESS_DENIED", f"table function {node['name']} is not available here")


def _check_setting(name: str) -> None:
    if not is_setting(name):
        raise rejected("READONLY", f"Cannot modify '{name}' setting in readonly mode")


def _expression(select: Tree, text: str) -> Tree:
    """The one expression of a statement that is nothing but SELECT and that expression. Raises QueryRejected."""
    queries = select.get("list_of_selects", {}).get("children", [])
    found = [query for query in queries if set(query) == {"type", "select"} and len(query["select"]["children"]) == 1]
    if len(queries) != 1 or not found or "format_ast" in select or "settings" in select:
        raise _bad_filters(text)
    expression: Tree = found[0]["select"]["children"][0]
    return expression


def _filters(value: Tree) -> dict[str, str]:
    """The client's filters from the tree of a map literal."""
    try:
        pairs = [[str(part["value"]) for part in pair["value"]] for pair in value["value"]]
        return {table: condition for table, condition in pairs}  # noqa: C416 - a pair of another length must fail here
    except (KeyError, TypeError, ValueError):
        raise _bad_filters(json.dumps(value)) from None


def _setting_text(change: Tree) -> str:
    """A setting's value as a client would write it into the query string."""
    return _map_text(_filters(change["value"])) if change["name"] == _FILTERS else str(change["value"]["value"])


def _string_tree(value: str) -> Tree:
    return {"field_type": "String", "value": value}


def _map_tree(filters: Mapping[str, str]) -> Tree:
    pairs = [[_string_tree(name), _string_tree(condition)] for name, condition in filters.items()]
    return {"field_type": "Map", "value": [{"field_type": "Tuple", "value": pair} for pair in pairs]}


def _map_text(filters: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(name)}: {quoted(condition)}" for name, condition in filters.items()) + "}"


def _bad_filters(text: str) -> QueryRejected:
    message = f"{_FILTERS} is {text[:100]!r}; give a map from table to condition, such as {{'spans': 'duration_ns > 1'}}"
    return rejected("BAD_ARGUMENTS", message)


def _refused_kind(what: str) -> QueryRejected:
    message = f"Cannot execute query in readonly mode: {what[:60]!r} does more than read"
    return rejected("READONLY", message)

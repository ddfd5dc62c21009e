"""Statements that make and change tables, as a cluster of replicas takes them: on every node, with tables that replicate.

The one place that knows a cluster's form; migrations are written for one server. Must not know what they create.
"""

from __future__ import annotations

import re

from spanhouse_collector.storage.queries import Query

#: A node that is down catches up by itself when it is back; waiting for it would hold up all others.
DDL_SETTINGS = {"distributed_ddl_output_mode": "none_only_active", "distributed_ddl_task_timeout": "50"}

_TARGET = re.compile(
    r"^((?:CREATE (?:OR REPLACE )?(?:TABLE|VIEW)|ALTER TABLE|DROP TABLE)(?: IF (?:NOT )?EXISTS)? \w+)", re.MULTILINE
)
_ENGINE = re.compile(r"^ENGINE = (\w*MergeTree)\b", re.MULTILINE)
_SETTING = re.compile(r",\n *MODIFY SETTING (.*)\s*$")


def clustered(query: Query, cluster: str) -> list[Query]:
    """The statement for all nodes of a cluster, in the order in which its parts are to run.

    Tables take the servers' own `default_replica_path` and macros. Raises ValueError for a statement of another kind.
    """
    text, changes = _ENGINE.sub(r"ENGINE = Replicated\1", query.text), []
    if found := _SETTING.search(text):
        # Together with other changes, a setting would reach the one replica that makes them.
        text, changes = text[: found.start()] + "\n", [found[1]]
    text, places = _TARGET.subn(rf"\1 ON CLUSTER `{cluster}`", text)
    if places != 1:
        raise ValueError(f"{query.name} is no statement that makes or changes one table; a cluster has no form of it")
    target = next(line for line in text.splitlines() if "ON CLUSTER" in line)
    rest = [Query(name=query.name, text=f"{target} MODIFY SETTING {change}\n") for change in changes]
    return [Query(name=query.name, text=text), *rest]

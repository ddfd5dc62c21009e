"""Storage: the tables in ClickHouse, the statements that read and write them, and the small transactional state.

`Store` is one database, embedded or on a server; `queries.load` finds a statement; `migrate` brings a store up to date;
`state` holds what needs transactions. Nothing above the storage imports a database client.
"""

from spanhouse_collector.storage.client import Params, Store, Table, leave_pandas_out
from spanhouse_collector.storage.migrate import Migration, migrate, status
from spanhouse_collector.storage.queries import Query, load
from spanhouse_collector.storage.session import Answer, Session, is_taken, quoted
from spanhouse_collector.storage.state import State

__all__ = [
    "Answer",
    "Migration",
    "Params",
    "Query",
    "Session",
    "State",
    "Store",
    "Table",
    "is_taken",
    "leave_pandas_out",
    "load",
    "migrate",
    "quoted",
    "status",
]

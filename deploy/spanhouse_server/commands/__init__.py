"""The commands of `spanhouse`, one file each: what its options are, and what it does."""

from spanhouse_server.commands import keys, migrate, serve

#: Functions that add a command to the parser, in the order of the help.
ALL = (serve.add, keys.add, migrate.add)

"""`python -m spanhouse_server` is the same as `spanhouse`."""

from spanhouse_server.cli import main

main()

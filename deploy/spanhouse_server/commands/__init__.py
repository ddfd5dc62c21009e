"""The commands of `spanhouse`, one file each: what its options are, and what it does.

A command imports what it works with when it runs, so that `spanhouse --help` answers at once.
"""

from spanhouse_server.commands import (
    alerts,
    backfill,
    calibrate,
    demo,
    doctor,
    evaluate,
    keys,
    migrate,
    offline,
    prices,
    provision,
    report,
    serve,
    why,
)

#: Functions that add a command to the parser, in the order of the help.
ALL = (
    serve.add,
    demo.add,
    keys.add,
    migrate.add,
    provision.add,
    alerts.add,
    report.add,
    prices.add,
    doctor.add,
    why.add,
    backfill.add,
    evaluate.add,
    offline.add_compare,
    calibrate.add,
    offline.add_drift,
    offline.add_detect,
)

"""`spanhouse why`: what became of a span with an evaluator, or the first rule that stopped it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_server import reading
from spanhouse_server.settings import Settings


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "why",
        help="say why a span has a score, or none",
        description="Says in a sentence what became of a span with an evaluator.",
    )
    parser.add_argument("--span", required=True, help="span id, hex")
    parser.add_argument("--evaluator", required=True, help="name of the evaluator")
    parser.add_argument("--project", default="default", help="project (default: %(default)s)")
    reading.add_key(parser)
    add_settings(parser, (*reading.SETTINGS, "state", "evaluators"))
    parser.set_defaults(command=_why)


def _why(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_collector.storage import State
    from spanhouse_evaluators.assembly import assemble
    from spanhouse_evaluators.jobs.quality import QualityJob
    from spanhouse_evaluators.jobs.wholes import WholesJob
    from spanhouse_evaluators.progress import why
    from spanhouse_server.evaluators_role import configuration

    state = State(settings.state_url)
    state.create_tables()
    store = reading.open_for_reading(settings, options)
    assembly = assemble(configuration(settings), store=store, state=state)
    jobs = [job for job in assembly.jobs if isinstance(job, QualityJob | WholesJob)]
    wanted = options["evaluator"]
    job = next((job for job in jobs if wanted in {one.evaluator.name for one in job.assignments}), jobs[0])
    try:
        print(why(job, options["project"], span_id=options["span"].lower(), evaluator=wanted))
    finally:
        assembly.close()
        store.close()
        state.close()
    return 0

"""`spanhouse why`: what became of a span with an evaluator, or the first rule that stopped it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from spanhouse_server import reading
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_evaluators.configuration import Configuration


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
    from spanhouse_evaluators.why import why
    from spanhouse_server.evaluators_role import configuration

    wanted = options["evaluator"]
    alone = _alone(configuration(settings), wanted)
    if not alone.evaluators[0].enabled:
        print(f"It is not scored, because {wanted!r} has enabled = false in the evaluators' file.")
        return 0
    store = reading.open_for_reading(settings, options)
    state = State(settings.state_url)
    state.create_tables()
    assembly = assemble(alone, store=store, state=state)
    (job,) = (job for job in assembly.jobs if isinstance(job, QualityJob | WholesJob) and job.assignments)
    try:
        print(why(job, options["project"], span_id=options["span"].lower(), evaluator=wanted))
    finally:
        assembly.close()
        store.close()
        state.close()
    return 0


def _alone(found: Configuration, name: str) -> Configuration:
    """Return the configuration with one evaluator: the others' processes need not start. Raises NotFound."""
    from spanhouse_collector.errors import NotFound

    parts = tuple(part for part in found.evaluators if part.name == name)
    if not parts:
        known = ", ".join(sorted(part.name for part in found.evaluators)) or "none"
        raise NotFound(f"The evaluators' file has no evaluator {name!r}; choose from {known}.")
    return found.model_copy(update={"evaluators": parts})

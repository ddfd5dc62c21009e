"""`spanhouse backfill`: has evaluators make up what they have not scored, and says how far they are and what it may cost."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_server import reading
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanhouse_evaluators.estimate import Estimate
    from spanhouse_evaluators.jobs.asking import AskingJob


_POLL_S = 2.0


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "backfill",
        help="score what was stored before",
        description="Has evaluators go through what was stored since a time, and prints their progress. Stopped, it goes on where"
        " it was. Where a running service has the embedded store, that one does it in its next runs.",
    )
    parser.add_argument("names", help="evaluators, separated by commas")
    parser.add_argument("--since", required=True, type=instant, help="time of storing, as 2026-11-01 or 2026-11-01T12:00 (UTC)")
    parser.add_argument("--until", type=instant, help="the same (default: now)")
    parser.add_argument("--project", default="default", help="project (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="only say how many evaluations it is, and what they cost")
    reading.add_key(parser)
    add_settings(parser, (*reading.SETTINGS, "state", "evaluators"))
    parser.set_defaults(command=_backfill)


def instant(text: str) -> datetime:
    """Reads a time, in UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it as 2026-11-01 or 2026-11-01T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _backfill(settings: Settings, options: Mapping[str, Any]) -> int:
    names = [name.strip() for name in options["names"].split(",") if name.strip()]
    with _jobs(settings, options, names) as jobs:
        _refuse_unknown_project(jobs, options["project"])
        if options["dry_run"]:
            return _estimate(jobs, names, options)
        return _run(jobs, names, options)


@contextmanager
def _jobs(settings: Settings, options: Mapping[str, Any], names: Sequence[str]) -> Iterator[list[AskingJob]]:
    """The jobs that ask these evaluators, over the store. Raises NotFound for a name that none has."""
    from spanhouse_collector.storage import State
    from spanhouse_evaluators.assembly import assemble
    from spanhouse_evaluators.progress import asking
    from spanhouse_server.evaluators_role import configuration

    store = reading.open_for_reading(settings, options)
    state = State(settings.state_url)
    state.create_tables()
    assembly = assemble(configuration(settings), store=store, state=state)
    try:
        yield asking(assembly.jobs, names)
    finally:
        assembly.close()
        store.close()
        state.close()


def _refuse_unknown_project(jobs: Sequence[AskingJob], project: str) -> None:
    """Raises InvalidRequest: no run would ever meet it, and its backfill would stay open."""
    from spanhouse_evaluators.selection import unknown_project

    said = unknown_project(jobs[0].store, project) if jobs else None
    if said is not None:
        raise InvalidRequest(said)


def _estimate(jobs: Sequence[AskingJob], names: Sequence[str], options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.estimate import estimate

    for job in jobs:
        for found in estimate(job, options["project"], evaluators=names, since=options["since"], until=options["until"]):
            evaluations = "1 evaluation" if found.evaluations == 1 else f"{found.evaluations} evaluations"
            print(f"{found.evaluator}: {evaluations}, {cost(found)}")
    return 0


def cost(found: Estimate) -> str:
    """What the evaluations cost, in words."""
    if found.at_most_usd is None:
        return "asks no model"
    at_most = f"at most {found.at_most_usd:.4f} USD"
    if found.of_one_call:
        return f"{at_most} for one call each; how many it makes is known afterwards"
    if found.expected_usd is None:
        return f"{at_most}; what to expect is known once some are scored"
    return f"about {found.expected_usd:.4f} USD, {at_most}"


def _run(jobs: Sequence[AskingJob], names: Sequence[str], options: Mapping[str, Any]) -> int:
    from spanhouse_evaluators.progress import backfill

    for job in jobs:
        backfill(job, options["project"], evaluators=names, since=options["since"], until=options["until"])
    if jobs[0].store.read_only:
        return _watch(jobs, names, project=options["project"])
    left = _left(jobs, options["project"], names)
    print(f"at most {left} evaluations to make", flush=True)
    return _score(jobs, names, project=options["project"], left=left)


def _watch(jobs: Sequence[AskingJob], names: Sequence[str], *, project: str) -> int:
    """Says how far the service is, until it is done."""
    before = -1
    while left := _left(jobs, project, names):
        if left != before:
            print(f"at most {left} evaluations left to the running service", flush=True)
        before = left
        time.sleep(_POLL_S)
    print("the running service has looked at all of them")
    return 0


def _score(jobs: Sequence[AskingJob], names: Sequence[str], *, project: str, left: int) -> int:
    from spanhouse_evaluators.leases import LEASE_S
    from spanhouse_evaluators.schedule import Schedule

    schedule = Schedule(jobs, state=jobs[0].state)
    # A process that was killed is known to be gone once its lease has run out.
    rest_s = 2 * LEASE_S
    while left:
        records = schedule.run_once()
        errors = [record.error for record in records if record.error]
        if errors or rest_s <= 0:
            raise InvalidRequest(
                f"The backfill stopped: {errors[0] if errors else 'another process runs its job'}; start it again."
            )
        if len(records) < len(jobs):
            time.sleep(_POLL_S)
            rest_s -= _POLL_S
        if not records:
            continue
        counts = sum((record.counts for record in records[1:]), records[0].counts)
        left = _left(jobs, project, names)
        done = f"{counts.scored} scored, {counts.failed} failed, {counts.unscored} unscored"
        print(f"{done}, at most {left} evaluations left", flush=True)
    return 0


def _left(jobs: Sequence[AskingJob], project: str, names: Sequence[str]) -> int:
    """How many evaluations are left in backfills at most: the spans of each evaluator, also those it has scored already."""
    from spanhouse_evaluators.progress import backlogs_of

    return sum(
        one.spans for job in jobs for one in backlogs_of(job, project) if one.evaluator in names and one.backfill_ms is not None
    )

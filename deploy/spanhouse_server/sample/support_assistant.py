"""Sends a support assistant's traffic to a collector: days of history in seconds, then live if asked to.

Run as a script: ``python support_assistant.py --endpoint http://127.0.0.1:4318 --hours 48 --traces 1500 --seed 7``.
Two releases: the last quarter of the history runs release 1.1, which is slower and answers worse. What is asked and
answered follows from the seed; ids of traces are new in every run, as they must be.
"""

import argparse
import dataclasses
import sys
import time
from random import Random

from assistant import Assistant, ModelTimeoutError, Reply, SimulatedClock
from traffic import SECOND_NS, Conversation, converse, plan

import spanhouse

FLUSH_EVERY_TURNS = 200  # about 1,200 spans: a seventh of what the SDK keeps waiting
FLUSH_TIMEOUT_S = 30.0
LIVE_PAUSE_S = 1.0

_PRAISE = ("Clear, thank you.", "That was quick.", "Solved it.")
_COMPLAINTS = ("That does not answer my question.", "This is wrong.", "Useless, I want to talk to a person.")


def main() -> int:
    """0 when everything was delivered, 1 when something was lost on the way or nobody took it."""
    arguments = _arguments()
    random = Random(arguments.seed)
    began_s = time.monotonic()
    end_ns = time.time_ns()
    tally = Tally()
    planned = plan(random, end_ns=end_ns, hours=arguments.hours, questions=arguments.traces)
    try:
        for deployment in sorted({(talk.release.version, talk.environment) for talk in planned}):
            talks = [talk for talk in planned if (talk.release.version, talk.environment) == deployment]
            run_deployment(talks, arguments.endpoint, random=random, tally=tally)
        if arguments.live_seconds > 0:
            run_live(arguments.live_seconds, arguments.endpoint, random=random, tally=tally)
    except UndeliveredError as error:
        print(error, file=sys.stderr)
    tally.close()
    print(f"sample traffic: {tally} in {time.monotonic() - began_s:.1f} s", flush=True)
    return 1 if tally.dropped else 0


class UndeliveredError(Exception):
    """The collector does not take the traffic; the message says where it was sent and what to do."""


class Tally:
    """What was sent so far, in all deployments."""

    def __init__(self) -> None:
        self.traces = 0
        self.spans = 0
        self.scores = 0
        self.dropped = 0

    def __str__(self) -> str:
        return f"{self.traces} traces, {self.spans} spans, {self.scores} scores sent, {self.dropped} dropped"

    def close(self) -> None:
        """Sends what waits, adds up what this deployment delivered, and switches the SDK off."""
        spanhouse.flush(FLUSH_TIMEOUT_S)
        report = spanhouse.report()
        self.spans += report.sent.get("spans", 0)
        self.scores += report.sent.get("scores", 0)
        self.dropped += sum(report.dropped.values())
        spanhouse.shutdown()


def run_deployment(talks: list[Conversation], endpoint: str | None, *, random: Random, tally: Tally) -> None:
    """All conversations of one release in one environment; in life this would be a process of its own."""
    clock = SimulatedClock(now_ns=talks[0].start_ns)
    _switch_on(talks[0], endpoint, clock)
    unflushed = 0
    for talk in talks:
        clock.now_ns = talk.start_ns
        hold(talk, clock=clock, random=random)
        tally.traces += len(talk.questions)
        unflushed += len(talk.questions)
        if unflushed >= FLUSH_EVERY_TURNS:
            _flush()
            unflushed = 0
    _flush()
    tally.close()
    print(f"  release {talks[0].release.version} in {talks[0].environment}: {tally}", flush=True)


def run_live(seconds: float, endpoint: str | None, *, random: Random, tally: Tally) -> None:
    """Goes on for so many seconds as the new release in production, about one question a second."""
    stop_s = time.monotonic() + seconds
    clock = SimulatedClock(now_ns=time.time_ns())
    while time.monotonic() < stop_s:
        talk = dataclasses.replace(converse(random, size=1, is_new=True), environment="production")
        _switch_on(talk, endpoint, clock)
        clock.now_ns = time.time_ns() - talk.longest_ns
        hold(talk.beginning(clock.now_ns), clock=clock, random=random)
        tally.traces += 1
        time.sleep(LIVE_PAUSE_S)
    tally.close()
    print(f"  live: {tally}", flush=True)


def hold(talk: Conversation, *, clock: SimulatedClock, random: Random) -> None:
    """One conversation: questions, answers, pauses, and now and then a thumb or a verdict on the whole."""
    assistant = Assistant(release=talk.release, random=random, clock=clock)
    replies: list[Reply] = []
    with spanhouse.context(
        session_id=talk.id,
        user_id=talk.user,
        tags=["support", talk.channel],
        metadata={"plan": talk.plan},
        prompt=("support-answer", talk.release.prompt_version),
    ):
        for question, pause_s in zip(talk.questions, talk.pauses_s, strict=True):
            clock.now_ns += round(pause_s * SECOND_NS)
            try:
                replies.append(assistant.reply(question))
            except ModelTimeoutError:
                continue  # the customer tries another question
            _rate(replies[-1], random)
    if replies and random.random() < 0.25:
        resolved = all(reply.answer.good for reply in replies) and random.random() < 0.94
        spanhouse.score("resolved", 1.0 if resolved else 0.0, session_id=talk.id)


def _rate(reply: Reply, random: Random) -> None:
    """Three of ten customers give a thumb, mostly a fitting one, and some say why."""
    if random.random() < 0.3:
        content = random.random() < (0.92 if reply.answer.good else 0.25)
        comment = random.choice(_PRAISE if content else _COMPLAINTS) if random.random() < 0.4 else None
        spanhouse.feedback(content, comment, trace_id=reply.trace_id, span_id=reply.span_id)


def _flush() -> None:
    if not spanhouse.flush(FLUSH_TIMEOUT_S):
        url = spanhouse.report().traces_url
        raise UndeliveredError(f"{url} did not take the traffic within {FLUSH_TIMEOUT_S:.0f} s; is the collector running?")


def _switch_on(talk: Conversation, endpoint: str | None, clock: SimulatedClock) -> None:
    spanhouse.init(
        endpoint,
        service_name="support-assistant",
        environment=talk.environment,
        release=talk.release.version,
        instrument=False,
        clock=clock,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Sends a support assistant's traffic to a collector.")
    parser.add_argument("--endpoint", default=None, help="base URL of the collector; else OTEL_EXPORTER_OTLP_ENDPOINT")
    parser.add_argument("--hours", type=float, default=48.0, help="how far back the history begins")
    parser.add_argument("--traces", type=int, default=1500, help="questions asked in the history")
    parser.add_argument("--seed", type=int, default=7, help="what is asked and answered follows from it")
    parser.add_argument("--live-seconds", type=float, default=0.0, help="how long to go on after the history")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

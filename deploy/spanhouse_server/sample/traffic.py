"""Plans the customers: when conversations begin, who has them, and what is asked. Everything follows from the seed."""

import math
from dataclasses import dataclass, replace
from random import Random

from articles import ARTICLES
from assistant import Question
from releases import RELEASE_1_0, RELEASE_1_1, Release

HOUR_NS = 3_600 * 1_000_000_000
SECOND_NS = 1_000_000_000
LONGEST_TURN_S = 15.0  # nearly always; what takes longer ends some seconds from now
NEW_RELEASE_SHARE = 0.25  # the last quarter of the window runs the new release
STAGING_SHARE = 0.06
_CUSTOMERS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One customer's visit. ``pauses_s`` lie before the questions, the first is zero."""

    id: str
    start_ns: int
    user: str
    plan: str
    channel: str
    environment: str
    release: Release
    questions: tuple[Question, ...]
    pauses_s: tuple[float, ...]

    @property
    def longest_ns(self) -> int:
        """How long it may last."""
        return round((sum(self.pauses_s) + LONGEST_TURN_S * len(self.questions)) * SECOND_NS)

    def beginning(self, start_ns: int) -> "Conversation":
        """The same conversation at a certain time, which is part of its id: two runs must not share a session."""
        return replace(self, id=f"c-{start_ns // SECOND_NS:x}-{self.id}", start_ns=start_ns)


def plan(random: Random, *, end_ns: int, hours: float, questions: int) -> list[Conversation]:
    """Conversations with so many questions in all, within the hours before ``end_ns``, oldest first."""
    sizes: list[int] = []
    while sum(sizes) < questions:
        sizes.append(min(random.choices((1, 2, 3, 4), (40, 30, 20, 10))[0], questions - sum(sizes)))
    window_ns = round(hours * HOUR_NS)
    begins = [*sorted(_begin(random, hours) for _ in sizes[1:]), 1.0]
    talks = []
    for share, size in zip(begins, sizes, strict=True):
        talk = converse(random, size=size, is_new=share >= 1.0 - NEW_RELEASE_SHARE)
        talks.append(talk.beginning(min(end_ns - round((1.0 - share) * window_ns), end_ns - talk.longest_ns)))
    return sorted(talks, key=lambda talk: talk.start_ns)


def converse(random: Random, *, size: int, is_new: bool) -> Conversation:
    """One conversation of ``size`` questions; it begins when it is told to."""
    customer = random.randrange(_CUSTOMERS)
    return Conversation(
        id=f"{random.getrandbits(20):05x}",
        start_ns=0,
        user=f"u-{1000 + customer}",
        plan="plus" if customer % 4 == 0 else "free",
        channel=random.choices(("web", "app", "email"), (60, 30, 10))[0],
        environment="staging" if random.random() < STAGING_SHARE else "production",
        release=RELEASE_1_1 if is_new else RELEASE_1_0,
        questions=tuple(_question(random) for _ in range(size)),
        pauses_s=(0.0, *(random.uniform(15, 90) for _ in range(size - 1))),
    )


def _begin(random: Random, hours: float) -> float:
    """A moment as share of the window: more by day than by night, and many more in the last hours."""
    while True:
        share = random.random()
        hours_left = (1.0 - share) * hours
        daily = 1.0 + 0.5 * math.cos(hours_left / 24 * 2 * math.pi)
        rush = 2.0 if hours_left < 3.0 else 1.0
        if random.random() * 3.0 < daily * rush:
            return share


def _question(random: Random) -> Question:
    article = random.choice(ARTICLES)
    order = f"L{random.randrange(10_000, 99_999)}"
    return Question(text=random.choice(article.questions).format(order=order), article=article, order=order)

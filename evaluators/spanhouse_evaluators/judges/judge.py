"""A judge: a prompt put to an endpoint, within a budget, as an evaluator.

Its score says what the model said, not what is true: report it beside the lexical baseline and human labels.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, Need, Score, Took, Unscored
from spanhouse_evaluators.judges.answers import Answers as Kept
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointError, Reply, Tokens
from spanhouse_evaluators.judges.prompts import Prompt, Question, messages, schema
from spanhouse_evaluators.judges.spending import Budget, Spent, Usage
from spanhouse_evaluators.run import MAX_REASON_CHARS

LOOK_AGAIN_S, LOOK_AGAIN_AT_MOST_S = 0.05, 1.0
"""How soon a call looks again whether the day's budget has room for it, while others are in flight; twice as late each time."""

MORE_TOKENS = 100
"""What an endpoint's chat template adds to the texts, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Asks a model for a verdict on each span. `version` follows from the prompt and the model."""

    name: str
    prompt: Prompt
    endpoint: Endpoint
    budget: Budget
    answers: Kept | None = None
    needs: Need = "span"
    higher_is_better: bool = field(default=True, init=False)
    bounds: tuple[float, float] = field(default=(0.0, 1.0), init=False)

    @property
    def version(self) -> str:
        asked = [self.endpoint.settings.model, messages(self.prompt, {}), schema(self.prompt)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]

    @property
    def concurrency(self) -> int:
        """Evaluations to have in hand at one time."""
        return self.endpoint.settings.evaluations

    @property
    def cap_usd_per_day(self) -> float | None:
        """The most that it may spend in a day (UTC)."""
        return self.budget.cap_usd_per_day

    def is_spent(self) -> bool:
        """Return whether today's cap is reached."""
        return self.budget.is_spent()

    async def evaluate(self, context: Context, /) -> Answers:
        """Return the value of the verdicts. Unscored without the material; a failure when the day's budget is spent."""
        questions = self.prompt.questions(context)
        if isinstance(questions, Unscored):
            return questions
        spent, verdicts, reasons = list[Spent](), list[str](), list[str]()
        for question in questions:
            document = await self._known(question)
            if document is None:
                try:
                    reply = await self._ask(question)
                    if reply is None:
                        refused = f"the budget of {self.budget.cap_usd_per_day} USD a day is spent"
                        return Failure(FailureKind.BUDGET, refused, took=self._took(spent) if spent else None)
                    spent.append(self._spent(question, reply))
                    _verdict(self.prompt, reply.document)
                except EndpointError as error:
                    took = spent if error.is_counted else [*spent, self._spent(question, error)]
                    return Failure(error.kind, str(error), took=self._took(took))
                document = {
                    "verdict": reply.document["verdict"],
                    "reason": str(reply.document.get("reason", ""))[:MAX_REASON_CHARS],
                }
                await self._keep(question, document)
            verdicts.append(_verdict(self.prompt, document))
            reasons.append(str(document.get("reason", "")))
        return Score(self.prompt.value(verdicts), " / ".join(reasons), took=self._took(spent))

    def estimate_usd(self, context: Context) -> float:
        """Return what judging this span would cost at most, without asking anybody."""
        questions = self.prompt.questions(context)
        return 0.0 if isinstance(questions, Unscored) else sum(self._estimate_usd(question) for question in questions)

    def expected_usd(self, context: Context, usage: Usage) -> float:
        """Return what judging this span costs if the model takes what it took before: one try for each question, none kept."""
        questions = self.prompt.questions(context)
        if isinstance(questions, Unscored):
            return 0.0
        settings = self.endpoint.settings
        asked_bytes = sum(self._asked_bytes(question) for question in questions)
        usd = asked_bytes * usage.tokens_per_byte * settings.input_usd_per_million
        usd += len(questions) * usage.tokens_per_answer * settings.output_usd_per_million
        return usd / 1_000_000

    async def _ask(self, question: Question) -> Reply | None:
        """Return the reply, or `None` if the budget is spent."""
        estimate_usd = self._estimate_usd(question)
        # In threads: the state database writes to the disk before it answers, and other calls must not wait for that.
        wait_s, settled = LOOK_AGAIN_S, self.budget.settled
        while (day := await asyncio.to_thread(self.budget.book, estimate_usd)) is None:
            # Calls in flight stand at the most they may cost, and leave room as soon as they are done, which may be by now.
            if not self.budget.has_calls_in_flight and self.budget.settled == settled:
                return None
            await asyncio.sleep(wait_s)
            wait_s, settled = min(2 * wait_s, LOOK_AGAIN_AT_MOST_S), self.budget.settled
        # Kept where the call's end is unknown: a cancelled one may be charged.
        spent = Spent(usd=estimate_usd)
        try:
            reply = await self.endpoint.ask(messages(self.prompt, question), schema=schema(self.prompt))
            spent = self._spent(question, reply)
            return reply
        except EndpointError as error:
            spent = self._spent(question, error)
            raise
        finally:
            await asyncio.to_thread(self.budget.settle, day, estimate_usd=estimate_usd, spent=spent)

    def _estimate_usd(self, question: Question) -> float:
        """Return what the question costs at most, with all its tries."""
        return self.endpoint.settings.tries * self._try_usd(question)

    def _try_usd(self, question: Question) -> float:
        settings = self.endpoint.settings
        # A token has a byte or more, whatever the language.
        most = Tokens(input=self._asked_bytes(question) + MORE_TOKENS, output=settings.max_output_tokens)
        return settings.cost_usd(most)

    def _asked_bytes(self, question: Question) -> int:
        """Return the size of what the model is shown: the messages, and the schema of its answer."""
        return len(json.dumps([messages(self.prompt, question), schema(self.prompt)], ensure_ascii=False).encode())

    def _spent(self, question: Question, came: Reply | EndpointError) -> Spent:
        """Return what a question took; tries of which nobody knows count with the most they may be charged."""
        # An answer without its tokens may have been charged as much as any.
        unknown = came.lost + (not came.tokens.are_known)
        usd = self.endpoint.settings.cost_usd(came.tokens) + unknown * self._try_usd(question)
        tokens = {"input_tokens": came.tokens.input, "output_tokens": came.tokens.output}
        return Spent(usd=usd, calls=1, asked_bytes=self._asked_bytes(question), **tokens)

    def _took(self, spent: Sequence[Spent]) -> Took:
        """Return what the calls cost, for the score's row; none where all answers were there already."""
        return Took(
            cost_usd=sum(each.usd for each in spent),
            attributes={
                "judge.model": self.endpoint.settings.model,
                "judge.calls": str(len(spent)),
                "judge.asked_bytes": str(sum(each.asked_bytes for each in spent)),
                "gen_ai.usage.input_tokens": str(sum(each.input_tokens for each in spent)),
                "gen_ai.usage.output_tokens": str(sum(each.output_tokens for each in spent)),
            },
        )

    async def _known(self, question: Question) -> Mapping[str, object] | None:
        """Return what the model answered to the same question before."""
        return None if self.answers is None else await asyncio.to_thread(self.answers.find, self._key(question))

    async def _keep(self, question: Question, document: Mapping[str, object]) -> None:
        if self.answers is not None:
            await asyncio.to_thread(self.answers.keep, self._key(question), document)

    def _key(self, question: Question) -> str:
        return hashlib.sha256(json.dumps([self.version, question]).encode()).hexdigest()


def _verdict(prompt: Prompt, document: Mapping[str, object]) -> str:
    """Return the verdict; an endpoint that ignores the schema may answer anything."""
    verdict = document.get("verdict")
    if verdict not in prompt.verdicts:
        refused = f"the verdict {str(verdict)[:100]!r} is none of {', '.join(prompt.verdicts)}"
        raise EndpointError(FailureKind.PARSE_ERROR, refused, is_counted=True)
    return str(verdict)

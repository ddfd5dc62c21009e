"""A judge: a prompt put to an endpoint, within a budget, as an evaluator.

Its score says what the model said, not what is true: report it beside the lexical baseline and human labels.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, Need, Score, Took, Unscored
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointError, Reply, Tokens
from spanhouse_evaluators.judges.prompts import Prompt, Question, messages, schema
from spanhouse_evaluators.judges.spending import Budget, Spent

CHARS_PER_TOKEN = 3
"""Fewer than English has (about 4), so that an estimate errs on the dear side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Asks a model for a verdict on each span. `version` follows from the prompt and the model."""

    name: str
    prompt: Prompt
    endpoint: Endpoint
    budget: Budget
    needs: Need = field(default="span", init=False)
    bounds: tuple[float, float] = field(default=(0.0, 1.0), init=False)

    @property
    def version(self) -> str:
        asked = [self.endpoint.settings.model, messages(self.prompt, {}), schema(self.prompt)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]

    async def evaluate(self, context: Context, /) -> Answers:
        """Return the value of the verdicts. Unscored without the material; a failure when the day's budget is spent."""
        questions = self.prompt.questions(context)
        if isinstance(questions, Unscored):
            return questions
        tokens, verdicts, reasons = list[Tokens](), list[str](), list[str]()
        try:
            for question in questions:
                reply = await self._ask(question)
                if reply is None:
                    return Failure(FailureKind.BUDGET, f"the budget of {self.budget.cap_usd_per_day} USD a day is spent")
                tokens.append(reply.tokens)
                verdicts.append(_verdict(self.prompt, reply))
                reasons.append(str(reply.document.get("reason", "")))
        except EndpointError as error:
            return Failure(error.kind, str(error), took=self._took([*tokens, error.tokens]))
        return Score(self.prompt.value(verdicts), " / ".join(reasons), took=self._took(tokens))

    def estimate_usd(self, context: Context) -> float:
        """Return what judging this span would cost at most, without asking anybody."""
        questions = self.prompt.questions(context)
        return 0.0 if isinstance(questions, Unscored) else sum(self._estimate_usd(question) for question in questions)

    async def _ask(self, question: Question) -> Reply | None:
        """Return the reply, or `None` if the budget is spent."""
        estimate_usd = self._estimate_usd(question)
        day = self.budget.book(estimate_usd)
        if day is None:
            return None
        # Kept where the call's end is unknown: a cancelled or late answer may be charged.
        spent = Spent(usd=estimate_usd)
        try:
            reply = await self.endpoint.ask(messages(self.prompt, question), schema=schema(self.prompt))
            spent = self._spent(reply.tokens)
            return reply
        except EndpointError as error:
            if error.kind is not FailureKind.TIMEOUT:
                spent = self._spent(error.tokens)
            raise
        finally:
            self.budget.settle(day, estimate_usd=estimate_usd, spent=spent)

    def _estimate_usd(self, question: Question) -> float:
        settings = self.endpoint.settings
        chars = sum(len(message["content"]) for message in messages(self.prompt, question))
        return settings.cost_usd(Tokens(input=chars // CHARS_PER_TOKEN, output=settings.max_output_tokens))

    def _spent(self, tokens: Tokens) -> Spent:
        return Spent(usd=self.endpoint.settings.cost_usd(tokens), input_tokens=tokens.input, output_tokens=tokens.output)

    def _took(self, tokens: Sequence[Tokens]) -> Took:
        """Return what the calls cost, for the score's row."""
        settings = self.endpoint.settings
        return Took(
            cost_usd=sum(settings.cost_usd(each) for each in tokens),
            attributes={
                "judge.model": settings.model,
                "judge.calls": str(len(tokens)),
                "gen_ai.usage.input_tokens": str(sum(each.input for each in tokens)),
                "gen_ai.usage.output_tokens": str(sum(each.output for each in tokens)),
            },
        )


def _verdict(prompt: Prompt, reply: Reply) -> str:
    """Return the verdict; an endpoint that ignores the schema may answer anything."""
    verdict = reply.document.get("verdict")
    if verdict not in prompt.verdicts:
        raise EndpointError(FailureKind.PARSE_ERROR, f"the verdict {verdict!r} is none of {', '.join(prompt.verdicts)}")
    return str(verdict)

"""Answers that can be leafed through: the pages of one search come from one answer, without asking anybody again. Clause 8.2.

In memory, for as long as there is room; who asks too late searches again. Owned by the event loop.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from federation.model.refusal import Reason
from federation.model.search import FusedAnswer, Outcome
from node.errors import RefusedError
from node.usecases.search_plan import Plan

ANSWERS_KEPT = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    plan: Plan
    answer: FusedAnswer


class Pages:
    """The last answers, by exchange."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, plan: Plan, answer: FusedAnswer) -> None:
        """Hold an answer that has something to leaf through; the oldest goes first."""
        if not answer.items:
            return
        self._kept[answer.exchange_id] = _Kept(plan=plan, answer=answer)
        if len(self._kept) > ANSWERS_KEPT:
            self._kept.popitem(last=False)

    def of(self, exchange_id: str, plan: Plan) -> FusedAnswer:
        """The answer of an earlier search that asked the same, while every province in it may still be asked.

        Raises:
            RefusedError: NO_RECORD: there is none, or something has been stopped or withdrawn since.
        """
        kept = self._kept.get(exchange_id)
        if kept is None or (kept.plan.app_id, _asked(kept.plan)) != (plan.app_id, _asked(plan)):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no answer to this search is held any more; search again")
        out = {*plan.denied, *plan.skipped}
        if any(one.outcome is Outcome.OK and one.province in out for one in kept.answer.outcomes):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: what it rests on has changed; search again")
        return kept.answer


def _asked(plan: Plan) -> object:
    """What was asked; whether the application went along is no part of it."""
    return replace(plan.query, application=None)

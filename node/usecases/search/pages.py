"""Answers that can be leafed through: the pages of one search come from one answer, without asking anybody again. Clause 8.2.

In memory, for as long as there is room and the application holds; who asks too late searches again. Owned by the event loop.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter

from federation.model.refusal import Reason
from federation.model.search import FusedAnswer, Item, Outcome
from node.errors import RefusedError
from node.usecases.search.plan import Plan

ANSWERS_KEPT = 256
ITEMS_KEPT = 20_000  # of all answers together
CHARACTERS_KEPT = 8 << 20  # of their texts: what a province writes into its answer takes no more memory than this
_texts = attrgetter(*(one.name for one in fields(Item) if one.type is str))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    plan: Plan
    answer: FusedAnswer
    characters: int
    shown: frozenset[tuple[str, str]]  # province and type of what is in it


class Pages:
    """The last answers, by exchange."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._items = self._characters = 0

    def keep(self, plan: Plan, answer: FusedAnswer, now: datetime) -> None:
        """Hold an answer that has something to leaf through; those go whose application has ended, then the oldest."""
        ended = [key for key, one in self._kept.items() if one.plan.expires_at < now or key == answer.exchange_id]
        for exchange_id in ended:
            self._drop(exchange_id)
        characters = sum(len(text) for one in answer.items for text in _texts(one.item))
        if not answer.items or len(answer.items) > ITEMS_KEPT or characters > CHARACTERS_KEPT:
            return
        shown = frozenset((province, one.item.type_code) for one in answer.items for province in one.provinces)
        self._kept[answer.exchange_id] = _Kept(plan=plan, answer=answer, characters=characters, shown=shown)
        self._items += len(answer.items)
        self._characters += characters
        while self._is_full:
            self._drop(next(iter(self._kept)))

    @property
    def _is_full(self) -> bool:
        return len(self._kept) > ANSWERS_KEPT or self._items > ITEMS_KEPT or self._characters > CHARACTERS_KEPT

    def _drop(self, exchange_id: str) -> None:
        gone = self._kept.pop(exchange_id)
        self._items -= len(gone.answer.items)
        self._characters -= gone.characters

    def of(self, exchange_id: str, plan: Plan, withdrawn: Callable[[str, str], bool]) -> FusedAnswer:
        """The answer of an earlier search that asked the same, while all that it shows would be handed out still.

        `withdrawn`: whether a province has stopped a type, or offers it no more.

        Raises:
            RefusedError: NO_RECORD: there is none, or something has been stopped or withdrawn since.
        """
        kept = self._kept.get(exchange_id)
        if kept is None or (kept.plan.app_id, _asked(kept.plan)) != (plan.app_id, _asked(plan)):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no answer to this search is held any more; search again")
        out = {*plan.denied, *plan.skipped}
        if any(one.outcome is Outcome.OK and one.province in out for one in kept.answer.outcomes) or any(
            withdrawn(province, type_code) for province, type_code in kept.shown
        ):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: what it rests on has changed; search again")
        return kept.answer


def _asked(plan: Plan) -> object:
    """What was asked; whether the application went along is no part of it."""
    return replace(plan.query, application=None)

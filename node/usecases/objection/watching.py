"""What time brings to objections: withdrawals are closed, and cases beyond their day are escalated, once each. P5.

Escalated means: on record here, a warning in the log, and in figures, status and list until the case ends. All who know
of a case do so; where it was raised, the entry says whether the owner had been told at all.
"""

from dataclasses import dataclass, replace

import structlog

from node.errors import RefusedError
from node.ports.store import Nouns, Store
from node.usecases.admission.case import china_day
from node.usecases.objection.casebook import Casebook, case_of
from node.usecases.objection.moving import CaseMover, Step
from trust.objection import State

_AT_ONCE = 50  # cases in one unit of work
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionWatch:
    """Looks after the cases of one node."""

    store: Store
    casebook: Casebook
    mover: CaseMover

    async def look(self) -> None:
        """Close what was taken back; escalate what is late."""
        await self._close_withdrawn()
        today = china_day(self.casebook.clock()).isoformat()
        if not self.store.read.objections.overdue(today, 1):
            return
        for objection_id, owner, due in await self.store.transact(lambda nouns: self._escalate(nouns, today)):
            _log.warning("objection.overdue", objection=objection_id, owner=owner, due=due)

    async def _close_withdrawn(self) -> None:
        """Close the cases that were taken back, each in a unit of its own."""
        for held in self.store.read.objections.taking_back(_AT_ONCE):
            case = case_of(self.store.read, held.objection_id)
            if case.open and case.withdrawal is not None:
                try:
                    await self.mover.move(held.objection_id, Step(state=State.WITHDRAWN))
                except (
                    RefusedError
                ) as error:  # the key's keeper is busy, or a manager was faster: it is looked at again
                    word = error.refusal.reason.value
                    _log.warning("objection.not_closed", objection=held.objection_id, reason=word)

    def _escalate(self, nouns: Nouns, today: str) -> list[tuple[str, str, str]]:
        late = nouns.objections.overdue(today, _AT_ONCE)
        for held in late:
            nouns.objections.advance(replace(held, escalated=True), [])
            said = {"due": held.due, "part": held.part.value, "delivered": held.received_at is not None}
            self.casebook.note(nouns, "overdue", case_of(nouns, held.objection_id), said)
        return [(held.objection_id, held.owner, held.due) for held in late]

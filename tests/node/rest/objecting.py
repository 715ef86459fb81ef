"""A fake of `ports.objecting.Objecting`: keeps its contract (a key stands for one objection; each system sees its own)."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.objecting import ObjectionForm, ShownMove, ShownObjection
from node.ports.objections import CaseState
from node.ports.services import Caller

RAISED = ShownObjection(
    objection_id="O-1",
    state=CaseState.OPEN,
    owner="330000",
    raised_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    due="2026-03-06",
    due_known=True,
    overdue=False,
    delivered=False,
    taking_back=False,
    certificate="ID.1",
    fields=("KZ_KIND",),
    refusal="",
    moves=(),
    documents=(b"{}",),
)
ANSWERED = ShownMove(
    state=CaseState.CORRECTED, province="330000", at="2026-03-04T08:00:00+00:00", reason="已更正", correction="ID.2"
)


@dataclass
class FakeObjecting:
    """Objections in memory."""

    cases: dict[str, tuple[str, ObjectionForm, ShownObjection]] = field(default_factory=dict)

    async def raise_(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        app_id, held, shown = self.cases.setdefault(
            key, (caller.app_id, form, replace(RAISED, objection_id=f"O-{key}"))
        )
        if (app_id, held) != (caller.app_id, form):
            raise RefusedError(Reason.REPLAYED, "this key stands for another objection")
        return shown

    async def show(self, caller: Caller, objection_id: str) -> tuple[ShownObjection, ...]:
        mine = [shown for app_id, _, shown in self.cases.values() if app_id == caller.app_id]
        found = tuple(one for one in mine if objection_id in ("", one.objection_id))
        if objection_id and not found:
            raise RefusedError(Reason.NO_RECORD, "objectionId: no objection of yours")
        return found

    async def withdraw(self, caller: Caller, objection_id: str) -> ShownObjection:
        (shown,) = await self.show(caller, objection_id)
        return replace(shown, taking_back=True)

    def answer(self, key: str) -> None:
        app_id, form, shown = self.cases[key]
        self.cases[key] = (app_id, form, replace(shown, state=CaseState.CORRECTED, moves=(ANSWERED,), due_known=False))

"""Cases as people see them: states in Chinese, moves in order, the due day with what is known of it. Nothing of who objects. P5."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from node.library.working_days import WorkingDays
from node.ports.objecting import ShownMove, ShownObjection
from node.ports.objections import WAITING, CaseState, Part, StoredObjection
from node.ports.store import Nouns
from node.usecases.objection.casebook import case_of
from trust.objection import Case, Move

STATES: Mapping[CaseState, str] = {
    CaseState.OPEN: "待受理",
    CaseState.CHECKING: "核查中",
    CaseState.CORRECTED: "已更正",
    CaseState.REJECTED: "异议不成立",
    CaseState.WITHDRAWN: "已撤回",
    CaseState.REFUSED: "发证省（市）不予受理",
}
DUE_UNKNOWN = "该年度节假日安排尚未载入，期限按周一至周五计算"


def shown(nouns: Nouns, held: StoredObjection, calendar: WorkingDays, today: date) -> ShownObjection:
    """One case of the line system that raised it."""
    case = case_of(nouns, held.objection_id)
    return ShownObjection(
        objection_id=held.objection_id,
        state=held.state,
        owner=held.owner,
        raised_at=held.raised_at,
        due=held.due,
        due_known=due_known(held, calendar),
        overdue=is_overdue(held, today),
        delivered=held.owner not in nouns.objections.untold(held.objection_id),
        taking_back=held.taking_back,
        certificate=held.certificate,
        fields=case.raised.fields,
        refusal=held.refusal,
        moves=tuple(moves(case)),
        documents=tuple(nouns.objections.documents(held.objection_id)),
    )


def moves(case: Case) -> list[ShownMove]:
    """The owner's moves in their order."""
    records = (signed.record for signed in case.moves)
    return [
        ShownMove(
            state=CaseState(one.state), province=one.owner, at=one.at, reason=one.reason, correction=one.correction
        )
        for one in records
        if isinstance(one, Move)
    ]


def due_known(held: StoredObjection, calendar: WorkingDays) -> bool:
    """Whether the holidays of the years up to the due day are known."""
    return {held.raised_at.year, date.fromisoformat(held.due).year} <= calendar.years


def is_overdue(held: StoredObjection, today: date) -> bool:
    """Whether it waits beyond its day. `today` is the day in Beijing."""
    return held.state in WAITING and held.due < today.isoformat()


def row(held: StoredObjection, calendar: WorkingDays, today: date) -> dict[str, Any]:
    """One line of the managers' list."""
    return {
        "id": held.objection_id,
        "part": held.part.value,
        "state": held.state.value,
        "state_zh": STATES[held.state],
        "raiser": held.raiser,
        "owner": held.owner,
        "certificate": held.certificate,
        "raised_at": held.raised_at.isoformat(timespec="seconds"),
        "due": held.due,
        "received_at": held.received_at.isoformat(timespec="seconds") if held.received_at else "",
        "due_note": "" if due_known(held, calendar) else DUE_UNKNOWN,
        "overdue": is_overdue(held, today),
        "changed_at": held.changed_at.isoformat(timespec="seconds"),
        "refusal": held.refusal,
        "taking_back": held.taking_back,
    }


def summary(nouns: Nouns, today: date) -> dict[str, Any]:
    """How many cases this node answers, raised and was told of, by state; how many are late; how many wait to be told, by peer.

    `parked` of those are such of which the peer holds other documents.
    """
    counts, late = nouns.objections.counts(), nouns.objections.late(today.isoformat())
    return {
        **{
            part.value.lower(): {
                **{state.value.lower(): counts.get((part, state), 0) for state in CaseState},
                "overdue": late.get(part, 0),
            }
            for part in Part
        },
        "untold": dict(nouns.objections.errands()),
        "parked": dict(nouns.objections.parked()),
    }

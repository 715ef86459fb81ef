"""What is made of the steps of an exchange: how it ended, and which faults stand. Pure. Reading entries is `reading`'s.

A fault that a repetition made good stands no more. An exchange that was asked and has no end is under way, or was broken off: a node that
stops between its request and its record leaves nothing but the request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from federation.model.fault import Hop, Sides, blamed, hop_of
from federation.model.refusal import MEANINGS, Reason
from node.ports.store import asked_by_peer
from node.ports.timeline import Fault, Result, State, Step
from node.usecases.explain import words
from node.usecases.explain.mishaps import Door, Mishap

PATIENCE = timedelta(minutes=5)  # a round of questions takes a minute at most
FILE_PATIENCE = timedelta(minutes=70)  # the longest file stream that a configuration allows, and a margin
EDGE = "EDGE"

_BAD = frozenset({Result.DENIED, Result.TIMEOUT, Result.ERROR, Result.REFUSED, Result.ENDED})
_GOOD = frozenset({Result.OK, Result.EMPTY, Result.PENDING})
_ENDS = frozenset({"answered", "received", "refused", "ended", "minted"})
_SOURCES = frozenset({Hop.PEER, Hop.LIBRARY})


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry of the log, parsed."""

    index: int
    members: Mapping[str, Any]


def edge_step(me: str, one: Mishap) -> Step:
    """A request that was refused at the door, or failed behind it."""
    own = one.door is Door.REST
    sides = Sides(me=me, consumer=me if own else one.peer, provider="" if own else me, refuser=me, in_answer=own)
    facts = {"door": one.door.value, "what": one.what, "request_id": one.request_id, "error": one.error}
    return Step(
        time=one.at.isoformat(timespec="milliseconds"),
        event=EDGE,
        hop=hop_of(one.reason, sides),
        at=me,
        result=Result.REFUSED,
        words=MEANINGS[one.reason].zh,
        peer=one.peer,
        fault=fault_of(one.reason, sides),
        facts={name: value for name, value in (facts | {"request": one.digest}).items() if value},
    )


def fault_of(reason: Reason, sides: Sides) -> Fault:
    """The fault of a refusal: its stretch, the node at which it shows, and whose matter it is."""
    hop = hop_of(reason, sides)
    at = sides.provider if hop is Hop.PEER else sides.refuser
    owner, province = blamed(reason, sides)
    return Fault(reason=reason, owner=owner, province=province, hop=hop, at=at or sides.me)


_QUEUED = frozenset({"NOTICE", "OBJECTION"})
"""What waits in a durable queue until it is told: that an attempt has no end is no break."""


def unfinished(me: str, entries: Sequence[LoggedEntry], steps: Sequence[Step], now: datetime) -> Step | None:
    """The end of an exchange of ours that has none on record; None where it has one."""
    asked = [one for one in entries if one.members["step"] == "asked" and one.members["type"] not in _QUEUED]
    if not asked or any(one.index > asked[-1].index and _is_end(one.members) for one in entries):
        return None
    last = asked[-1].members
    patience = FILE_PATIENCE if last["type"] == "RETRIEVE" else PATIENCE
    broken = datetime.fromisoformat(last["time"]) + patience < now or any(
        step.fault is not None and step.entry is None for step in steps
    )
    alone = Sides(me=me, consumer=me, provider="", refuser=me)
    return Step(
        time=last["time"],
        event=last["type"],
        hop=Hop.ANSWER,
        at=me,
        result=Result.ERROR if broken else Result.PENDING,
        words=words.BROKEN_OFF if broken else words.UNDER_WAY,
        fault=fault_of(Reason.INTERNAL, alone) if broken else None,
    )


def _is_end(members: Mapping[str, Any]) -> bool:
    return members["step"] in _ENDS and members["type"] not in _QUEUED and not asked_by_peer(members)


def standing(steps: Sequence[Step]) -> list[Fault]:
    """The faults that nothing later made good; provinces that were not asked count where nothing else came of it."""
    ends = {step.event: step.entry or 0 for step in steps if step.hop is Hop.ANSWER and step.result is Result.OK}
    bad = [
        step for step in steps if step.result in _BAD and (step.entry is None or step.entry >= ends.get(step.event, 0))
    ]
    if not bad and not any(step.result in _GOOD and _is_part(step) for step in steps):
        bad = [step for step in steps if step.result is Result.SKIPPED]
    return list(dict.fromkeys(step.fault for step in bad if step.fault is not None))


def state_of(steps: Sequence[Step], faults: Sequence[Fault], end: Step | None) -> State:
    """What became of it."""
    if end is not None:
        return State.OPEN if end.fault is None else State.BROKEN_OFF
    if not faults:
        return State.DONE
    last = {step.peer or step.at: step.result for step in steps if _is_part(step)}
    return State.PARTIAL if any(result in _GOOD for result in last.values()) else State.FAILED


def _is_part(step: Step) -> bool:
    """Whether a step is what a province did for the exchange: its verdict, or what it holds."""
    return step.hop in _SOURCES or (step.hop is Hop.LOCAL and step.event == "VERIFY")

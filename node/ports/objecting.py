"""What the REST edge asks about objections (异议). P5. Part of `node.ports.services`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from federation.model.application import Holder
from node.ports.objections import CaseState
from node.ports.services import Caller
from trust.objection import RaisedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionForm:
    """An objection as a line system takes it: of a holder, who is `holder`, or of its own unit, under the application `apply_id`.

    `owner` is the issuer's province, "" for the one that the certificate itself names. A holder may name the certificate by `notice_id`,
    the notice of a use that this province received for the holder; `identifier` is "" then.
    """

    by: RaisedBy
    identifier: str = field(repr=False)
    fields: tuple[str, ...]
    claim: str = field(repr=False)
    holder: Holder | None = None
    apply_id: str = ""
    owner: str = ""
    notice_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMove:
    """One signed move: who made it, when, why; `correction` is the reference of the certificate that counts instead."""

    state: CaseState
    province: str
    at: str
    reason: str = ""
    correction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownObjection:
    """A case as a line system sees it. `delivered`: the owner's node has been told. `due_known`: holidays up to the due day are known.

    `documents` are the signed documents, for who keeps them. `refusal` is why the owner did not take it (a word of `Reason`).
    """

    objection_id: str
    state: CaseState
    owner: str
    raised_at: datetime
    due: str
    due_known: bool
    overdue: bool
    delivered: bool
    taking_back: bool
    certificate: str
    fields: tuple[str, ...]
    refusal: str
    moves: tuple[ShownMove, ...]
    documents: tuple[bytes, ...]


class Objecting(Protocol):
    """P5: objections, raised at any node."""

    async def raise_(self, caller: Caller, form: ObjectionForm, key: str) -> ShownObjection:
        """Raise an objection; whoever repeats with `key` gets the same one."""

    async def show(self, caller: Caller, objection_id: str) -> Sequence[ShownObjection]:
        """What this line system raised, the last one first; one of it, where `objection_id` names it."""

    async def withdraw(self, caller: Caller, objection_id: str) -> ShownObjection:
        """Take an objection back."""

"""What becomes of a case inside a unit of work: kept, moved on, its certificate marked, who it concerns queued, all on record. P5.

The entries hold ids, digests of signed documents and the certificate's reference: nothing of who objects, and nothing of what is claimed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.library.working_days import WorkingDays
from node.ports.objections import CaseState, Part, StoredObjection
from node.ports.store import Nouns
from node.usecases.objection import claims
from node.usecases.objection.claims import Claim, read_claim
from node.usecases.objection.grounds import baseline, grounded
from node.usecases.objection.notifying import CaseNotifier
from node.usecases.objection.term import due_from
from node.usecases.record import Recorder
from node.vault import Vault
from trust.commitment import Opening
from trust.objection import FINAL, Case, Signed, begun, read

MAX_WAITING = 10_000  # cases of one province that wait here; a province of a hundred million has fewer at a time
_RETRY_S = 3_600
_NONE = Refusal(reason=Reason.NO_RECORD, detail="certificateIdentifier: none that this objection can be about")


@lru_cache(maxsize=512)
def reopened(document: bytes) -> Signed:
    """A document that is read.

    Raises:
        ObjectionError: it cannot be.
    """
    return read(document)


def case_of(nouns: Nouns, objection_id: str) -> Case:
    """A case that is held, as its documents say."""
    return begun(map(reopened, nouns.objections.documents(objection_id)))


def members(case: Case) -> dict[str, Any]:
    """What every entry says of a case."""
    return {
        "objection": case.raised.id,
        "certificate": case.raised.certificate,
        "owner": case.raised.owner,
        "state": case.state.value,
        "documents": [one.digest for one in case.documents],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Casebook:
    """The cases of one node. `clock` is UTC; `provinces` gives the members of this moment; `max_waiting` is of one raising province."""

    province: str
    vault: Vault
    recorder: Recorder
    clock: Callable[[], datetime]
    provinces: Callable[[], Collection[str]]
    calendar: WorkingDays
    notifier: CaseNotifier
    max_waiting: int = MAX_WAITING

    def open(self, nouns: Nouns, case: Case, opening: Opening | None, *, app_id: str = "") -> Refusal | None:
        """Keep a new case; the owner first looks whether it is one to take. `opening` is of the claim, where this node may know it."""
        raised = case.raised
        if nouns.objections.waiting_of(raised.province) >= self.max_waiting:
            return Refusal(reason=Reason.LIMIT_REACHED, detail="objections of this province", retry_after_s=_RETRY_S)
        stored = self._stored(case, app_id)
        if raised.owner == self.province:
            found = self._owned(nouns, case, opening, stored.due)
            if isinstance(found, Refusal):
                return found
            stored = replace(stored, baseline=found)
        nouns.objections.put(stored, [one.to_json() for one in case.documents])
        if opening is not None:
            claims.keep(nouns, self.vault, raised.id, opening, self.clock())
        self._queue(nouns, case, opening)
        return None

    def _owned(self, nouns: Nouns, case: Case, opening: Opening | None, due: str) -> str | Refusal:
        """Mark the certificate, and say what it says now. A case can come back to who lost it when it is over."""
        try:
            claim = None if opening is None else read_claim(opening, case.raised.claim)
        except ValueError as error:
            return Refusal(reason=Reason.BAD_PARAMETER, detail=str(error))
        row = None if claim is None else grounded(nouns, self.vault, case.raised, claim.identifier)
        if row is None:
            return _NONE
        if case.open:
            nouns.certificates.dispute(row.identifier, disputed=True)
            self.notifier.tell(nouns, case, row, due)
        return baseline(self.vault, row)

    def _stored(self, case: Case, app_id: str) -> StoredObjection:
        """The owner's time begins when the case comes to it: whoever was told late, or of a case that was dated back, is not late."""
        raised, now, part = case.raised, self.clock(), self.part(case)
        return StoredObjection(
            objection_id=raised.id,
            part=part,
            raiser=raised.province,
            owner=raised.owner,
            certificate=raised.certificate,
            state=CaseState(case.state),
            raised_at=raised.made,
            due=max(raised.due, due_from(self.calendar, now)),
            changed_at=now,
            app_id=app_id,
            taking_back=case.withdrawal is not None and case.open,
            received_at=None if part is Part.RAISER else now,
        )

    def delivered(self, nouns: Nouns, held: StoredObjection) -> None:
        """The owner has been told of a case that was raised here: its time begins."""
        now = self.clock()
        nouns.objections.received(held.objection_id, now, max(held.due, due_from(self.calendar, now)))

    def part(self, case: Case) -> Part:
        """What this node has to do with a case."""
        if case.raised.owner == self.province:
            return Part.OWNER
        return Part.RAISER if case.raised.province == self.province else Part.TOLD

    def advance(self, nouns: Nouns, held: StoredObjection, before: Case, after: Case) -> None:
        """Keep what is new of a case; where it ends, the mark goes, unless another case about the certificate waits."""
        fresh = [one.to_json() for one in after.documents if not before.holds(one)]
        if not fresh:
            return
        known = replace(
            held,
            state=CaseState(after.state),
            changed_at=self.clock(),
            taking_back=after.withdrawal is not None and after.open,
            refusal="",
        )
        nouns.objections.advance(known, fresh)
        if after.raised.owner == self.province and after.state in FINAL:
            self._ended(nouns, after, held.due)
        self._queue(nouns, after, claims.kept(nouns, self.vault, after.raised.claim))

    def _ended(self, nouns: Nouns, case: Case, due: str) -> None:
        """Take the mark away, unless another case about the certificate waits, and tell whose certificate it is."""
        identifier = self.identifier(nouns, case)
        if not nouns.objections.disputed(case.raised.certificate, (self.province,)):
            nouns.certificates.dispute(identifier, disputed=False)
        row = nouns.certificates.get(identifier)
        if row is not None:
            self.notifier.tell(nouns, case, row, due)

    def claim(self, nouns: Nouns, case: Case) -> Claim | None:
        """What is claimed; None where this node never knew it, or has forgotten."""
        opening = claims.kept(nouns, self.vault, case.raised.claim)
        return None if opening is None else read_claim(opening, case.raised.claim)

    def identifier(self, nouns: Nouns, case: Case) -> str:
        """The certificate's identifier: the reference itself, unless that hides a person's number and the claim was forgotten."""
        claim = self.claim(nouns, case)
        return case.raised.certificate if claim is None else claim.identifier

    def _queue(self, nouns: Nouns, case: Case, opening: Opening | None) -> None:
        """Where it was raised the owner is told; the owner tells where it was raised, and the provinces that used the certificate."""
        for peer in self._concerned(nouns, case, opening):
            nouns.objections.tell(case.raised.id, peer)

    def retell(self, nouns: Nouns, case: Case) -> frozenset[str]:
        """Queue once more whoever this node tells of a case, where its state was lost or contradicted there; who that is."""
        raised = case.raised
        if raised.owner == self.province:
            peers = self._concerned(nouns, case, claims.kept(nouns, self.vault, raised.claim))
        else:
            peers = frozenset({raised.owner} if raised.province == self.province else ())
        for peer in peers:
            nouns.objections.tell(raised.id, peer)
        return peers

    def _concerned(self, nouns: Nouns, case: Case, opening: Opening | None) -> frozenset[str]:
        """The peers that this node tells of a case."""
        raised, here = case.raised, self.province
        if raised.owner != here:
            own = raised.province == here and case.open and not case.moves
            return frozenset({raised.owner}) if own or self._takes_back(case) else frozenset()
        claim = None if opening is None else read_claim(opening, raised.claim)
        used = () if claim is None else nouns.applications.consumers_of(claim.identifier)
        told = nouns.objections.peers(
            raised.id
        )  # the claim may be erased meanwhile: who heard of the case hears of its end
        return frozenset({raised.province, *told, *used} & set(self.provinces())) - {here}

    def _takes_back(self, case: Case) -> bool:
        """Whether the owner has to hear of a withdrawal that was made here."""
        return case.raised.province == self.province and case.withdrawal is not None and case.open

    def note(self, nouns: Nouns, step: str, case: Case, extra: Mapping[str, Any] | None = None) -> None:
        """Put a step on record that no message carries."""
        exchange_id = f"objection-{case.raised.id}"
        entry = self.recorder.entry(EventType.OBJECTION, step, exchange_id, **members(case), **(extra or {}))
        nouns.evidence.append(entry)

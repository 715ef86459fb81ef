"""The provider's side of retrieval: entitlement, one use, the state gate, the mask, and the notices that a use sets off. Clause 8.3, 8.4.

Everything is decided in the unit of work that spends the use, so a crash leaves either a use with its evidence and notices, or nothing.
What file is handed out is prepared before it (`node.usecases.retrieval.handout`).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.application import Holder, Output
from federation.model.holder_uses import Role, UseFacts
from federation.model.notice import OBJECTION_ENTRY, Addressee, Notice
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataQuery, FileQuery
from node.library.holder import home_province
from node.library.record import CertificateRecord
from node.ports.applications import GivenVerdict
from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns
from node.usecases.admission.case import china_day
from node.usecases.admission.limits import Side
from node.usecases.holder_log.index import HolderIndex, Part, masked
from node.usecases.line_statistics import RETRIEVE, Tally
from node.usecases.record import Recorder, person, refusal_member
from node.usecases.retrieval import entitlement
from node.usecases.retrieval.entitlement import Standing
from node.usecases.retrieval.handout import Prepared
from node.usecases.search.local import status_on
from node.usecases.telling.teller import Teller
from node.vault import Vault


class OvertakenError(Exception):
    """A certificate was replaced, or a use became possible, while its file was being prepared: prepare again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a use may be of: the verdict in force and the certificate's row."""

    verdict: GivenVerdict
    row: StoredCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted(Found):
    """A use that goes ahead, with the certificate's opened record."""

    record: CertificateRecord


def open_record(vault: Vault, row: StoredCertificate) -> CertificateRecord:
    """The whole record of a row.

    Raises:
        DecryptionError: changed, or sealed by another node.
    """
    return CertificateRecord.from_dict(json.loads(vault.open(row.sealed, certificate_label(row.identifier))))


def certificate_label(identifier: str) -> bytes:
    """What binds a sealed record to its identifier."""
    return b"certificate\x1f" + identifier.encode()


class Provider:
    """Grants uses of this province's certificates, for peers and for its own units alike."""

    def __init__(
        self,
        *,
        province: str,
        members: Callable[[], Sequence[str]],
        vault: Vault,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        wake: Callable[[str], None],
        teller: Teller,
        standing: Standing,
        tally: Tally,
        index: HolderIndex,
    ) -> None:
        """`members` gives all provinces of this moment; `wake` is told a target that has a notice waiting (`node.ports.notices`)."""
        self._province = province
        self._members = members
        self.vault = vault
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        self._teller = teller
        self._standing = standing
        self._stops = standing.stops
        self._tally = tally
        self._index = index
        self._told: dict[str, set[str]] = {}  # by exchange: whose queues grew in a unit that may not be durable yet

    def grant(
        self, nouns: Nouns, *, consumer: str, query: DataQuery | FileQuery, output: Output, exchange_id: str
    ) -> Granted | Refusal:
        """Decide on one use and spend it. Permission, then existence, then state, then the use itself."""
        found = self.find(nouns, consumer=consumer, query=query, output=output)
        return found if isinstance(found, Refusal) else self._spend(nouns, found, consumer, query, output, exchange_id)

    def grant_file(
        self,
        nouns: Nouns,
        prepared: Prepared | Refusal | None,
        *,
        consumer: str,
        query: FileQuery,
        exchange_id: str,
    ) -> Granted | Refusal:
        """As `grant`, for a file that was prepared before; where none could be, nothing is spent.

        Raises:
            OvertakenError: what was prepared is not what stands in the library now.
        """
        found = self.find(nouns, consumer=consumer, query=query, output=query.output)
        if isinstance(found, Refusal):
            return found
        if prepared is None or (isinstance(prepared, Prepared) and _overtaken(prepared, found.row)):
            raise OvertakenError
        if isinstance(prepared, Refusal):
            return prepared
        return self._spend(nouns, found, consumer, query, query.output, exchange_id)

    def find(self, nouns: Nouns, *, consumer: str, query: DataQuery | FileQuery, output: Output) -> Found | Refusal:
        """The verdict and the certificate of a use that may go ahead; nothing is spent. Permission, then existence, then state."""
        entitled = entitlement.for_retrieval(
            nouns,
            self._standing,
            consumer=consumer,
            apply_id=query.apply_id,
            use_code=query.use_code,
            output=output,
            now=self._clock(),
        )
        if entitled.verdict is None:
            return entitled.refusal or Refusal(reason=Reason.NOT_AUTHORISED)
        verdict = entitled.verdict
        row = nouns.certificates.of_holder(verdict.holder_digest, verdict.type_codes, query.identifier)
        if row is None:
            return Refusal(reason=Reason.NO_RECORD)
        ended = self._standing.ended(row.type_code, self._clock())
        if ended is not None:
            return ended
        status = status_on(row, china_day(self._clock()))
        if status != "VALID":
            return Refusal(reason=Reason.NOT_DELIVERABLE, detail=status)
        return Found(verdict=verdict, row=row)

    def stopped(self, nouns: Nouns, consumer: str, key_id: str, query: DataQuery | FileQuery) -> Refusal | None:
        """Why a use that was granted, and may be under way, must end: what it rests on was stopped or withdrawn."""
        verdict = nouns.applications.given(consumer, query.apply_id)
        if verdict is None:
            return None
        row = nouns.certificates.of_holder(verdict.holder_digest, verdict.type_codes, query.identifier)
        return self.stopped_under(nouns, consumer, key_id, query.apply_id, "" if row is None else row.type_code)

    def stopped_under(self, nouns: Nouns, consumer: str, key_id: str, apply_id: str, type_code: str) -> Refusal | None:
        """The same of a use of this type ("" for none) under an application."""
        verdict = nouns.applications.given(consumer, apply_id)
        if verdict is None:
            return None
        now = self._clock()
        refusal = self._standing.refusal(verdict, now) or self._stops.key(consumer, key_id)
        return refusal or (self._standing.ended(type_code, now) if type_code else None)

    def _spend(
        self,
        nouns: Nouns,
        found: Found,
        consumer: str,
        query: DataQuery | FileQuery,
        output: Output,
        exchange_id: str,
    ) -> Granted | Refusal:
        holds = nouns.applications.redeem(
            consumer=consumer,
            apply_id=query.apply_id,
            period=found.verdict.period,
            identifier=query.identifier,
            output=output.value,
            exchange_id=exchange_id,
        )
        if holds != exchange_id:
            return entitlement.spent(holds)
        return Granted(verdict=found.verdict, row=found.row, record=open_record(self.vault, found.row))

    def announce(self, nouns: Nouns, granted: Granted, *, consumer: str, output: Output, exchange_id: str) -> list[str]:
        """Queue the notices of a use to the issuing province and to the holder's; returns their ids for the evidence entry."""
        verdict, row = granted.verdict, granted.row
        self._tally.note(nouns, Side.PROVIDER, consumer, verdict.use_list_id, RETRIEVE)
        if consumer == self._province:  # of a peer's certificate, whoever receives it says so
            self._tally.note(nouns, Side.CONSUMER, consumer, verdict.use_list_id, RETRIEVE)
        holder = self._holder(granted)
        home = home_province(holder.type_code, holder.code) or self._province
        issuing = row.area_code[:2] + "0000"
        targets = [(Addressee.ISSUER, self._member(issuing)), (Addressee.HOLDER, self._member(home))]
        ids = []
        for addressee, province in targets:
            notice_id = self._new_id()
            notice = Notice(
                notice_id=notice_id,
                exchange_id=exchange_id,
                apply_id=verdict.apply_id,
                provider=self._province,
                consumer=consumer,
                addressee=addressee,
                holder_handle=self.vault.handle(holder.type_code, holder.code),
                certificate_identifier=self.vault.reference(row.identifier),
                certificate_type_code=row.type_code,
                certificate_type_name=row.type_name,
                use_org_code=verdict.use_org_code,
                use_org_name=verdict.use_org_name,
                item_code=verdict.item_code,
                item_name=verdict.item_name,
                use_cause=verdict.use_cause,
                output=output.value,
                use_time=self._clock().isoformat(timespec="milliseconds"),
                issuer_code=row.issuer_code,
                issuer_name=row.issuer_name,
                objection_entry=OBJECTION_ENTRY,
                salt=self.vault.digest("salt of a notice", notice_id),
            )
            grown = self._teller.tell(nouns, province, notice.as_event())
            self._told.setdefault(exchange_id, set()).update(grown)
            ids.append(notice.notice_id)
        return ids

    def listed(
        self, granted: Granted, *, consumer: str, output: Output, exchange_id: str
    ) -> Callable[[Nouns, int], None]:
        """Puts a use into the holder's log: call it, with the index of the use's entry, in the unit that appends the entry."""
        verdict, row, own = granted.verdict, granted.row, consumer == self._province
        holder = self._holder(granted)
        part = Part(
            handle=self.vault.handle(holder.type_code, holder.code),
            exchange_id=exchange_id,
            role=Role.OWN if own else Role.PROVIDER,
            peer="" if own else consumer,
        )
        facts = UseFacts(
            consumer=consumer,
            provider=self._province,
            use_org_code=verdict.use_org_code,
            use_org_name=verdict.use_org_name,
            item_code=verdict.item_code,
            item_name=verdict.item_name,
            use_cause=verdict.use_cause,
            certificate=masked(self.vault.reference(row.identifier)),
            type_code=row.type_code,
            type_name=row.type_name,
            output=output.value,
        )
        return lambda nouns, index: self._index.begun(nouns, part, index, self._clock(), facts, verdict.apply_id)

    def _holder(self, granted: Granted) -> Holder:
        """The holder of a certificate that the verdict is on; it can have several."""
        digest, holders = granted.verdict.holder_digest, granted.record.holders
        return next(one for one in holders if self.vault.holder_digest(one.type_code, one.code) == digest)

    def wake(self, exchange_id: str) -> None:
        """Have the notices of an exchange delivered; call it when their unit of work is durable: a queue woken earlier looks empty."""
        for target in self._told.pop(exchange_id, set()):
            self._wake(target)

    def _member(self, province: str) -> str:
        """A province outside the mesh is told through its file here."""
        return province if province in self._members() else self._province


def _overtaken(prepared: Prepared, row: StoredCertificate) -> bool:
    """Whether a file was prepared of what stands in the library no more."""
    return not prepared.repeated and prepared.original_sm3 != row.file_sm3


def members_of(
    vault: Vault, exchange_id: str, query: DataQuery | FileQuery, output: Output, granted: Granted | Refusal
) -> dict[str, Any]:
    """What the evidence entry of a retrieval says, whatever became of it."""
    members: dict[str, Any] = {
        "apply": query.apply_id,
        "certificate": vault.reference(query.identifier),
        "output": output.value,
    }
    if isinstance(granted, Refusal):
        return members | {"refusal": refusal_member(granted)}
    return members | {
        "certificate_type": granted.row.type_code,
        "org": granted.verdict.use_org_code,
        "item": granted.verdict.item_code,
        "holder": person(vault, exchange_id, "holder", granted.verdict.holder_digest),
    }

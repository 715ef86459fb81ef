"""The provider's side of retrieval: entitlement, one use, the state gate, the mask, and the notices that a use sets off. Clause 8.3, 8.4.

Everything is decided in the unit of work that spends the use, so a crash leaves either a use with its evidence and notices, or nothing.
What file is handed out is prepared before it (`node.usecases.handout`).
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from federation.methods import DATA, FILE
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.notice import Addressee, Notice
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileHead, FileQuery
from federation.ports import Incoming
from node.errors import RefusedError, refused
from node.library.files import StoredFile
from node.library.holder import home_province
from node.library.record import CertificateRecord
from node.ports.applications import GivenVerdict
from node.ports.certificates import StoredCertificate
from node.ports.notices import HolderUse
from node.ports.store import Nouns, Store
from node.usecases import entitlement
from node.usecases.admission.case import china_day
from node.usecases.admission.limits import Side
from node.usecases.entitlement import Standing
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.handout import GONE, Handout, Prepared
from node.usecases.line_statistics import RETRIEVE, Tally
from node.usecases.local_search import status_on
from node.usecases.record import Recorder, person, refusal_member
from node.vault import Vault
from trust import canonical, gm

CHUNK_KEY_BYTES = 16
ATTEMPTS = 3  # to prepare a file while imports replace its certificate


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


def _not_stopped() -> Refusal | None:
    """Nothing stops it."""
    return None


async def _not_cut(_: Refusal) -> None:
    """Nothing is put on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """A committed answer to a FileRequest, and the file to stream behind it (None on a refusal).

    Call `delivered` when the stream has ended, or was never begun: the notices of the use go out then, and do not compete with it. Ask
    `stopped` before every batch; where it has a refusal, put it on record with `cut` and send no more.
    """

    answered: Answered
    file: StoredFile | None
    chunk_key: bytes
    offset: int
    delivered: Callable[[], None]
    stopped: Callable[[], Refusal | None] = _not_stopped
    cut: Callable[[Refusal], Awaitable[None]] = _not_cut


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
        standing: Standing,
        tally: Tally,
    ) -> None:
        """`members` gives all provinces of this moment; `wake` is told a peer that has a notice waiting."""
        self._province = province
        self._members = members
        self.vault = vault
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        self._standing = standing
        self._stops = standing.stops
        self._tally = tally
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
        holder = next(
            one
            for one in granted.record.holders
            if self.vault.holder_digest(one.type_code, one.code) == verdict.holder_digest
        )
        home = home_province(holder.type_code, holder.code) or self._province
        issuing = row.area_code[:2] + "0000"
        targets = [(Addressee.ISSUER, self._member(issuing)), (Addressee.HOLDER, self._member(home))]
        ids = []
        for addressee, province in targets:
            notice = Notice(
                notice_id=self._new_id(),
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
            )
            self._queue(nouns, province, notice)
            self._told.setdefault(exchange_id, set()).add(province)
            ids.append(notice.notice_id)
        return ids

    def wake(self, exchange_id: str) -> None:
        """Have the notices of an exchange delivered; call it when their unit of work is durable: a queue woken earlier looks empty."""
        for province in self._told.pop(exchange_id, set()) - {self._province}:
            self._wake(province)

    def _member(self, province: str) -> str:
        """A province outside the mesh is told through its file here."""
        return province if province in self._members() else self._province

    def _queue(self, nouns: Nouns, province: str, notice: Notice) -> None:
        if province != self._province:
            nouns.notices.enqueue(province, notice.notice_id, notice.to_event())
            return
        nouns.notices.receive(
            HolderUse(
                notice_id=notice.notice_id,
                addressee=notice.addressee.value,
                holder_handle=notice.holder_handle,
                provider=self._province,
                event=notice.to_event(),
                received_at=self._clock(),
            )
        )


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


def face_data(granted: Granted, wanted: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The allowed part of a record in the names of S6, and the columns it delivers: wanted and allowed, nothing else."""
    allowed = set(granted.verdict.fields)
    columns = [one for one in granted.record.face if one.column in allowed and (not wanted or one.column in wanted)]
    row = granted.row
    data = {
        "certificateIdentifier": row.identifier,
        "certificateName": row.name,
        "certificateType": row.type_name,
        "certificateTypeCode": row.type_code,
        "certificateNumber": row.number,
        "issueDept": row.issuer_name,
        "issueDeptCode": row.issuer_code,
        "issueDate": row.issued,
        "certificateValidateStart": row.valid_from,
        "certificateValidateEnd": row.valid_until,
        "status": row.status,
        "sourceDigest": row.file_sm3,
        "surface": [
            {"name": one.name, "columnName": one.column, "value": one.value, "valueType": one.value_type}
            for one in columns
        ],
    }
    return data, tuple(sorted(one.column for one in columns))


def mask_digest(columns: tuple[str, ...]) -> bytes:
    """SM3 over the sorted column names, one a line: what was delivered, without what it said."""
    return gm.sm3("\n".join(columns).encode())


class RetrievalProvider:
    """Answers DataRequest and FileRequest."""

    def __init__(self, *, store: Store, exchange: Exchange, provider: Provider, handout: Handout) -> None:
        """Grant with `provider`, record with `exchange`, take files from `handout`."""
        self._store = store
        self._exchange = exchange
        self._provider = provider
        self._handout = handout

    async def data(self, incoming: Incoming[DataQuery]) -> Answered:
        """Hand out face data.

        Raises:
            RefusedError: replayed.
        """
        query, consumer = incoming.message, incoming.sender

        def decide(nouns: Nouns) -> Decision[DataAnswer]:
            granted = self._provider.grant(
                nouns, consumer=consumer, query=query, output=Output.DATA, exchange_id=incoming.exchange_id
            )
            members = members_of(self._provider.vault, incoming.exchange_id, query, Output.DATA, granted)
            if isinstance(granted, Refusal):
                return Decision(answer=DataAnswer(refusal=granted), event=EventType.RETRIEVE, members=members)
            data, columns = face_data(granted, query.fields)
            mask = mask_digest(columns)
            members |= {"fields": list(columns), "mask": mask.hex()} | self._announced(
                nouns, granted, incoming, Output.DATA
            )
            answer = DataAnswer(data=canonical.dumps(data), mask_digest=mask)
            return Decision(answer=answer, event=EventType.RETRIEVE, members=members)

        return await self._answer(incoming, DATA.path, decide)

    async def file(self, incoming: Incoming[FileQuery]) -> FileAnswer:
        """Hand out a file; a resumed stream is the same exchange and spends nothing again.

        Raises:
            RefusedError: replayed, the file of a repeated exchange is gone, or the library changes faster than a file can be prepared.
        """
        for _ in range(ATTEMPTS):
            prepared = await self._prepare(incoming)
            with contextlib.suppress(OvertakenError):
                return await self._file(incoming, prepared)
            await self._handout.drop(prepared)
        raise RefusedError(Reason.OVERLOADED, "the certificate is being replaced", retry_after_s=1)

    async def _prepare(self, incoming: Incoming[FileQuery]) -> Prepared | Refusal | None:
        """The file for a use that may go ahead; None where it may not, or where this exchange was answered before."""
        nouns, query = self._store.read, incoming.message
        if nouns.exchanges.answer(incoming.sender, incoming.exchange_id, FILE.path) is not None:
            return None
        found = self._provider.find(nouns, consumer=incoming.sender, query=query, output=query.output)
        if isinstance(found, Refusal):
            return None
        return await self._handout.prepare(found.row, found.verdict, query, incoming.exchange_id)

    async def _file(self, incoming: Incoming[FileQuery], prepared: Prepared | Refusal | None) -> FileAnswer:
        query, consumer = incoming.message, incoming.sender

        def decide(nouns: Nouns) -> Decision[FileHead]:
            granted = self._provider.grant_file(
                nouns, prepared, consumer=consumer, query=query, exchange_id=incoming.exchange_id
            )
            members = members_of(self._provider.vault, incoming.exchange_id, query, query.output, granted)
            if isinstance(granted, Refusal) or not isinstance(prepared, Prepared):
                refusal = granted if isinstance(granted, Refusal) else None
                return Decision(answer=FileHead(refusal=refusal), event=EventType.RETRIEVE, members=members)
            members |= file_members(prepared) | self._announced(nouns, granted, incoming, query.output)
            return Decision(answer=_head(granted.row, prepared), event=EventType.RETRIEVE, members=members)

        barred = partial(self._stopped, incoming)
        try:
            answered = await self._exchange.answer(incoming, FILE.path, decide, barred=barred)
            return await self._committed(incoming, answered, prepared)
        except BaseException:
            self._provider.wake(incoming.exchange_id)
            raise

    async def _committed(
        self, incoming: Incoming[FileQuery], answered: Answered, prepared: Prepared | Refusal | None
    ) -> FileAnswer:
        """What is streamed behind an answer that is on record.

        Raises:
            RefusedError: the file of a repeated exchange is gone.
        """
        query = incoming.message
        answer = self._with_file(answered, query, partial(self._provider.wake, incoming.exchange_id))
        answer = replace(
            answer, stopped=lambda: self._stopped(incoming, self._store.read), cut=partial(self._cut, incoming)
        )
        if answered.repeated or answer.file is None:
            await self._handout.drop(prepared)
        if answer.file is not None and not await asyncio.to_thread(answer.file.path.is_file):
            await self._cut(incoming, GONE)
            raise refused(GONE)
        return answer

    async def _answer(self, incoming: Incoming[Any], path: str, decide: Callable[[Nouns], Decision[Any]]) -> Answered:
        """Answer, and then have the notices delivered."""
        try:
            return await self._exchange.answer(incoming, path, decide, barred=partial(self._stopped, incoming))
        finally:
            self._provider.wake(incoming.exchange_id)

    def _stopped(self, incoming: Incoming[Any], nouns: Nouns) -> Refusal | None:
        return self._provider.stopped(nouns, incoming.sender, incoming.key_id, incoming.message)

    async def _cut(self, incoming: Incoming[FileQuery], refusal: Refusal) -> None:
        """Put on record that a stream was ended by a stop order or a withdrawal, or cannot begin."""
        await self._exchange.ended(incoming, EventType.RETRIEVE, refusal)

    def _announced(self, nouns: Nouns, granted: Granted, incoming: Incoming[Any], output: Output) -> dict[str, Any]:
        ids = self._provider.announce(
            nouns, granted, consumer=incoming.sender, output=output, exchange_id=incoming.exchange_id
        )
        return {"notices": ids}

    def _with_file(self, answered: Answered, query: FileQuery, delivered: Callable[[], None]) -> FileAnswer:
        head = answered.message
        if not isinstance(head, FileHead) or head.refusal is not None:
            return FileAnswer(answered=answered, file=None, chunk_key=b"", offset=0, delivered=delivered)
        file = self._handout.handed_out(head.sm3.hex(), head.size, original=query.original)
        return FileAnswer(
            answered=answered, file=file, chunk_key=head.chunk_key, offset=query.offset, delivered=delivered
        )


def file_members(prepared: Prepared) -> dict[str, Any]:
    """What the evidence entry says of the file handed out: digests, size, what was found of the original, and until when a copy holds."""
    members: dict[str, Any] = {
        "file": prepared.file.sm3,
        "size": prepared.file.size,
        "original": prepared.original_sm3,
        "verdict": prepared.verdict,
    }
    terms = prepared.terms
    return members if terms is None else members | {"expires": terms.expires.isoformat(timespec="seconds")}


def _head(row: StoredCertificate, prepared: Prepared) -> FileHead:
    return FileHead(
        identifier=row.identifier,
        size=prepared.file.size,
        sm3=bytes.fromhex(prepared.file.sm3),
        original_sm3=bytes.fromhex(prepared.original_sm3),
        format=row.file_format,
        chunk_key=secrets.token_bytes(CHUNK_KEY_BYTES),
        verdict=prepared.verdict,
    )

"""The provider's side of retrieval between provinces: each request answered. Clause 8.3. What is allowed: `delivery`."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from federation.methods import DATA, FILE
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileHead, FileQuery
from federation.ports import Incoming
from node.errors import RefusedError, refused
from node.library.files import StoredFile
from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.retrieval.delivery import Granted, OvertakenError, Provider, members_of
from node.usecases.retrieval.face_data import face_data, mask_digest
from node.usecases.retrieval.handout import GONE, Handout, Prepared
from trust import canonical

CHUNK_KEY_BYTES = 16


ATTEMPTS = 3  # to prepare a file while imports replace its certificate


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
            answer = DataAnswer(data=canonical.dumps(data), mask_digest=mask, disputed=granted.row.disputed)
            listed = self._listed(granted, incoming, Output.DATA)
            return Decision(answer=answer, event=EventType.RETRIEVE, members=members, recorded=listed)

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
            if isinstance(granted, Refusal):
                return Decision(
                    answer=FileHead(refusal=granted),
                    event=EventType.RETRIEVE,
                    members=members,
                    lasting=granted.reason is not Reason.INTERNAL,  # a full disk has room again some day
                )
            assert isinstance(prepared, Prepared), "nothing else is granted"
            members |= file_members(prepared) | self._announced(nouns, granted, incoming, query.output)
            listed = self._listed(granted, incoming, query.output)
            head = _head(granted.row, prepared)
            return Decision(answer=head, event=EventType.RETRIEVE, members=members, recorded=listed)

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

    def _listed(self, granted: Granted, incoming: Incoming[Any], output: Output) -> Callable[[Nouns, int], None]:
        return self._provider.listed(granted, consumer=incoming.sender, output=output, exchange_id=incoming.exchange_id)

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
        disputed=row.disputed,
    )

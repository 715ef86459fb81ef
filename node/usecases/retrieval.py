"""Fused retrieval at the consumer: fetch face data or a file from the province that holds it, verify, record, hand on. Clause 8.3.

A file is received into a spool, chunk by chunk, each checked before it is kept; nothing is handed on before the whole is verified and on
record. The same key makes a retry the same exchange, which goes on where the spool ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from federation.errors import PeerError
from federation.methods import DATA
from federation.model.application import Output, Result
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileHead, FileQuery
from federation.ports import Draft, Mail, Peers, Reply
from federation.stream import ChunkOpener
from node.errors import RefusedError
from node.library.files import FileStore
from node.library.spool import Part, Spool
from node.ports.services import Caller, ReceivedData, ReceivedFile, RetrieveForm
from node.ports.store import Nouns, ReceivedVerdict, Store
from node.usecases.delivery import Provider, face_data, mask_digest, members_of
from node.usecases.record import Recorder, refusal_member
from node.vault import Vault
from trust.errors import DecryptionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A checked wish: where the certificate is, under which use code, in which exchange."""

    form: RetrieveForm
    province: str
    use_code: str = field(repr=False)
    exchange_id: str


class RetrievalConsumer:
    """What the line systems of this province call. Implements `services.Retrieval`."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        mail: Mail,
        peers: Peers,
        provider: Provider,
        files: FileStore,
        spool: Spool,
        vault: Vault,
        recorder: Recorder,
        new_id: Callable[[], str],
        timeout_s: float,
        file_timeout_s: float,
    ) -> None:
        """`timeout_s` bounds a data request, `file_timeout_s` a whole file stream."""
        self._province = province
        self._store = store
        self._mail = mail
        self._peers = peers
        self._provider = provider
        self._files = files
        self._spool = spool
        self._vault = vault
        self._recorder = recorder
        self._new_id = new_id
        self._timeout_s = timeout_s
        self._file_timeout_s = file_timeout_s
        # Exchanges whose file is being received or handed on: a spooled file has one owner at a time. Owned by the event loop.
        self._under_way: set[str] = set()

    async def data(self, caller: Caller, form: RetrieveForm) -> ReceivedData:
        """Fetch the allowed face data of one certificate.

        Raises:
            RefusedError: here, at the provider, or on the way; on record in each case.
        """
        wish = await self._wish(caller, form, Output.DATA)
        query = DataQuery(
            apply_id=form.apply_id, use_code=wish.use_code, identifier=form.identifier, fields=form.fields
        )
        if wish.province == self._province:
            return await self._own_data(wish, query)
        draft = await self._asked(wish, query, Output.DATA)
        try:
            reply: Reply[DataAnswer] = await self._peers.ask(
                wish.province, DATA, draft, self._mail.sign(draft), self._timeout_s
            )
        except PeerError as error:
            raise await self._refused(wish, Output.DATA, error.refusal) from error
        answer = reply.message
        if answer.refusal is not None:
            raise await self._refused(wish, Output.DATA, answer.refusal, reply.digest)
        data = _checked_data(answer, form)
        if data is None:
            detail = Refusal(reason=Reason.FILE_MISMATCH, detail="the data are not what the receipt says")
            raise await self._refused(wish, Output.DATA, detail, reply.digest)
        await self._received(wish, Output.DATA, answer=reply.digest, mask=answer.mask_digest.hex())
        return _received_data(wish, data, answer.mask_digest)

    async def _own_data(self, wish: _Wish, query: DataQuery) -> ReceivedData:
        """The same from our own library, by the same rules."""

        def unit(nouns: Nouns) -> ReceivedData | Refusal:
            granted = self._provider.grant(
                nouns, consumer=self._province, query=query, output=Output.DATA, exchange_id=wish.exchange_id
            )
            members = members_of(self._vault, query, Output.DATA, granted)
            if not isinstance(granted, Refusal):
                data, columns = face_data(granted, query.fields)
                members["mask"] = mask_digest(columns).hex()
                members["notices"] = self._provider.announce(
                    nouns, granted, consumer=self._province, output=Output.DATA, exchange_id=wish.exchange_id
                )
                result: ReceivedData | Refusal = _received_data(wish, data, mask_digest(columns))
            else:
                result = granted
            nouns.evidence.append(self._recorder.entry(EventType.RETRIEVE, "own", wish.exchange_id, **members))
            return result

        outcome = await self._own(wish, unit)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome.reason, outcome.detail)
        return outcome

    async def file(self, caller: Caller, form: RetrieveForm) -> ReceivedFile:
        """Fetch and verify one file.

        Raises:
            RefusedError: here, at the provider, or on the way; on record in each case. A stream that broke can be resumed by the same key.
        """
        wish = await self._wish(caller, form, Output.FILE)
        if wish.province == self._province:
            query = FileQuery(apply_id=form.apply_id, use_code=wish.use_code, identifier=form.identifier)
            return await self._own_file(wish, query)
        if wish.exchange_id in self._under_way:
            refusal = Refusal(reason=Reason.OVERLOADED, detail="this exchange is still under way")
            raise await self._refused(wish, Output.FILE, refusal)
        self._under_way.add(wish.exchange_id)
        try:
            return await self._fetched(wish)
        except BaseException:
            self._under_way.discard(wish.exchange_id)
            raise

    async def _fetched(self, wish: _Wish) -> ReceivedFile:
        """The verified file of a peer, received from where the spool ends.

        Raises:
            RefusedError: refused, broken, or not the file that was promised; on record.
        """
        form, part = wish.form, self._spool.part(wish.exchange_id)
        offset = await asyncio.to_thread(part.resume)
        query = FileQuery(apply_id=form.apply_id, use_code=wish.use_code, identifier=form.identifier, offset=offset)
        draft = await self._asked(wish, query, Output.FILE)
        try:
            head = await self._stream(wish, draft, part)
        except PeerError as error:
            raise await self._refused(wish, Output.FILE, error.refusal) from error
        except DecryptionError as error:
            part.discard()
            refusal = Refusal(reason=Reason.FILE_MISMATCH, detail=str(error))
            raise await self._refused(wish, Output.FILE, refusal) from error
        return await self._complete(wish, part.path, head)

    async def _complete(self, wish: _Wish, path: Path, head: Reply[FileHead]) -> ReceivedFile:
        """Put a verified file on record and hand it over."""
        one = head.message
        await self._received(
            wish, Output.FILE, answer=head.digest, file=one.sm3.hex(), original=one.original_sm3.hex(), size=one.size
        )
        return ReceivedFile(
            exchange_id=wish.exchange_id,
            identifier=wish.form.identifier,
            province=wish.province,
            path=path,
            size=one.size,
            sm3=one.sm3.hex(),
            original_sm3=one.original_sm3.hex(),
            format=one.format,
        )

    async def _stream(self, wish: _Wish, draft: Draft, part: Part) -> Reply[FileHead]:
        """Receive head and chunks into the spool.

        Raises:
            PeerError: refused, broken or silent.
            DecryptionError: the bytes are not the file that was promised.
        """
        head: Reply[FileHead] | None = None
        opener: ChunkOpener | None = None
        envelope = self._mail.sign(draft)
        async with (
            aclosing(self._peers.fetch(wish.province, draft, envelope, self._file_timeout_s)) as items,
            _behind() as follow,
        ):
            async for item in items:
                if isinstance(item, Reply):
                    head = _checked_head(item, wish.form.identifier)
                    opener = ChunkOpener(head.message.chunk_key, wish.exchange_id)
                    await follow(partial(part.replay, opener))
                elif opener is not None:
                    await follow(partial(part.append, opener, item))
        if head is None or opener is None:
            raise PeerError(Refusal(reason=Reason.PEER_ERROR, detail="a stream without a head"))
        if opener.offset < head.message.size:
            raise PeerError(Refusal(reason=Reason.PEER_ERROR, detail="the stream ended early"))
        if {opener.offset, part.size} != {head.message.size} or opener.digest() != head.message.sm3:
            raise DecryptionError("size or SM3 of the whole file does not fit")
        return head

    async def _own_file(self, wish: _Wish, query: FileQuery) -> ReceivedFile:
        """The same from our own library, by the same rules."""

        def unit(nouns: Nouns) -> ReceivedFile | Refusal:
            granted = self._provider.grant(
                nouns, consumer=self._province, query=query, output=Output.FILE, exchange_id=wish.exchange_id
            )
            if not isinstance(granted, Refusal) and not granted.row.file_sm3:
                granted = Refusal(reason=Reason.NO_RECORD, detail="no file is kept of this certificate")
            members = members_of(self._vault, query, Output.FILE, granted)
            if not isinstance(granted, Refusal):
                members["file"] = granted.row.file_sm3
                members["notices"] = self._provider.announce(
                    nouns, granted, consumer=self._province, output=Output.FILE, exchange_id=wish.exchange_id
                )
            nouns.evidence.append(self._recorder.entry(EventType.RETRIEVE, "own", wish.exchange_id, **members))
            if isinstance(granted, Refusal):
                return granted
            stored = self._files.get(granted.row.file_sm3, granted.row.file_size)
            return ReceivedFile(
                exchange_id=wish.exchange_id,
                identifier=query.identifier,
                province=self._province,
                path=stored.path,
                size=stored.size,
                sm3=stored.sm3,
                original_sm3=stored.sm3,
                format=granted.row.file_format,
            )

        outcome = await self._own(wish, unit)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome.reason, outcome.detail)
        return outcome

    async def _own(self, wish: _Wish, unit: Callable[[Nouns], T]) -> T:
        """Commit a use of our own library, and then have its notices delivered."""
        try:
            return await self._store.transact(unit)
        finally:
            self._provider.wake(wish.exchange_id)

    def release(self, received: ReceivedFile) -> None:
        """Remove a spooled file after it was handed on; files of our own library stay."""
        if received.province != self._province:
            self._spool.part(received.exchange_id).discard()
            self._under_way.discard(received.exchange_id)

    async def _wish(self, caller: Caller, form: RetrieveForm, output: Output) -> _Wish:
        """Check the caller's application and find province and use code.

        Raises:
            RefusedError: no such application, no province, or no verdict that passes; on record, without what the caller wrote.
        """
        exchange_id = self._exchange_id(caller, form, output)
        verdict = self._usable(caller, form)
        if isinstance(verdict, Refusal):
            entry = self._recorder.entry(
                EventType.RETRIEVE,
                "refused",
                exchange_id,
                app=caller.app_id,
                output=output.value,
                refusal=refusal_member(verdict),
            )
            await self._store.transact(lambda nouns: nouns.evidence.append(entry))
            raise RefusedError(verdict.reason, verdict.detail)
        return _Wish(form=form, province=verdict.provider, use_code=verdict.use_code, exchange_id=exchange_id)

    def _exchange_id(self, caller: Caller, form: RetrieveForm, output: Output) -> str:
        """A fresh one, or that of the key: who repeats with the key is in the same exchange."""
        if not form.key:
            return self._new_id()
        parts = (caller.app_id, form.apply_id, form.identifier, output.value, form.key)
        return self._vault.digest("exchange", *parts)[:32]

    def _usable(self, caller: Caller, form: RetrieveForm) -> ReceivedVerdict | Refusal:
        """The verdict under which this wish can be made."""
        applications = self._store.read.applications
        own = applications.own(form.apply_id)
        if own is None or own.app_id != caller.app_id:
            return Refusal(reason=Reason.USE_CODE_SPENT, detail="applyId: no application of yours")
        province = form.province or next(iter(applications.found(form.apply_id, form.identifier)), "")
        if not province:
            detail = "certificateID: not found by a search under this application"
            return Refusal(reason=Reason.NO_RECORD, detail=detail)
        verdict = next((one for one in applications.received(form.apply_id) if one.provider == province), None)
        if verdict is None or verdict.result != Result.PASS.value:
            return Refusal(reason=Reason.USE_CODE_SPENT, detail=f"no use code of {province} for this application")
        return verdict

    async def _asked(self, wish: _Wish, query: DataQuery | FileQuery, output: Output) -> Draft:
        """Draft the request and put it on record before it leaves."""

        def unit(nouns: Nouns) -> Draft:
            draft = self._mail.draft_request(query, recipients=(wish.province,), exchange_id=wish.exchange_id)
            nouns.evidence.append(self._entry(wish, output, "asked", request=draft.digest))
            return draft

        return await self._store.transact(unit)

    async def _received(self, wish: _Wish, output: Output, **members: str | int) -> None:
        entry = self._entry(wish, output, "received", verified=True, **members)
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))

    async def _refused(self, wish: _Wish, output: Output, refusal: Refusal, answer: str = "") -> RefusedError:
        """Put a refusal on record and return the error to raise."""
        entry = self._entry(wish, output, "refused", refusal=refusal_member(refusal), answer=answer)
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        return RefusedError(refusal.reason, refusal.detail)

    def _entry(self, wish: _Wish, output: Output, step: str, **members: object) -> dict[str, object]:
        return self._recorder.entry(
            EventType.RETRIEVE,
            step,
            wish.exchange_id,
            peer=wish.province,
            apply=wish.form.apply_id,
            certificate=self._vault.reference(wish.form.identifier),
            output=output.value,
            **members,
        )


@asynccontextmanager
async def _behind() -> AsyncIterator[Callable[[Callable[[], None]], Awaitable[None]]]:
    """Run blocking steps in a thread, in order, one behind the caller: each is awaited before the next begins, the last on leaving."""
    running: asyncio.Task[None] | None = None

    async def follow(step: Callable[[], None]) -> None:
        nonlocal running
        if running is not None:
            await running
        running = asyncio.create_task(asyncio.to_thread(step), name="retrieval spool")

    try:
        yield follow
        if running is not None:
            await running
    finally:
        if running is not None:
            await asyncio.wait([running])  # a thread cannot be stopped: nobody else may touch the part before it ends


def _checked_head(head: Reply[FileHead], identifier: str) -> Reply[FileHead]:
    """A head that promises the file we asked for.

    Raises:
        PeerError: the provider refused.
        DecryptionError: it promises the file of another certificate.
    """
    if head.message.refusal is not None:
        raise PeerError(head.message.refusal)
    if head.message.identifier != identifier:
        raise DecryptionError("the file of another certificate")
    return head


def _checked_data(answer: DataAnswer, form: RetrieveForm) -> dict[str, Any] | None:
    """The data of an answer, if they are of the certificate asked for, hold no field beyond those wanted, and fit the receipt's mask."""
    try:
        data: dict[str, Any] = json.loads(answer.data)
        columns = tuple(sorted(one["columnName"] for one in data["surface"]))
        fits = mask_digest(columns) == answer.mask_digest and data["certificateIdentifier"] == form.identifier
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return data if fits and (not form.fields or set(columns) <= set(form.fields)) else None


def _received_data(wish: _Wish, data: dict[str, object], mask: bytes) -> ReceivedData:
    return ReceivedData(
        exchange_id=wish.exchange_id,
        identifier=wish.form.identifier,
        province=wish.province,
        data=data,
        mask_digest=mask.hex(),
    )

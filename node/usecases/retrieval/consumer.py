"""Fused retrieval at the consumer: fetch face data or a file from the province that holds it, verify, record, hand on. Clause 8.3.

A file is received into a spool, chunk by chunk, each checked before it is kept; nothing is handed on before the whole is verified and on
record. The same key makes a retry the same exchange, which goes on where the spool ends.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial

import structlog

from federation.errors import PeerError
from federation.methods import DATA
from federation.model.application import Output
from federation.model.bound import openings
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileHead, FileQuery
from federation.ports import Mail, Peers, Recorded, Reply
from federation.stream import ChunkOpener
from node.errors import RefusedError, refused
from node.library.spool import Part, Spool
from node.ports.quality import Source as QualitySource
from node.ports.retrieving import ReceivedData, ReceivedFile, RetrieveForm
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.limits import Side
from node.usecases.contents import Keeper
from node.usecases.holder_log.consumer import WishLog
from node.usecases.line_statistics import RETRIEVE, Tally
from node.usecases.record import Recorder, answer_members, refusal_member
from node.usecases.retrieval.naming import Naming
from node.usecases.retrieval.own import OwnRetrieval, received_data
from node.usecases.retrieval.previews import OFD, Previews
from node.usecases.retrieval.received_face import checked_face
from node.usecases.retrieval.reception import Promise, Receiver, Reception
from node.usecases.retrieval.wish import UNDER_WAY, Wish, Wishes
from node.usecases.stops import STOPPED
from node.usecases.turns import Turns
from node.vault import Vault
from trust.commitment import Opening
from trust.errors import DecryptionError

_log = structlog.get_logger(__name__)

Answer = Reply[DataAnswer] | Reply[FileHead]

_TAKEN_BACK = STOPPED | {
    Reason.USE_LIST_MISSING,
    Reason.USE_LIST_NOT_IN_FORCE,
    Reason.USE_LIST_REJECTED,
    Reason.USE_LIST_SUSPENDED,
    Reason.LINE_SUSPENDED_THERE,
    Reason.TYPE_NOT_OFFERED,
    Reason.CONSENT_ENDED,
}
"""Refusals after which nothing that came before is kept: what the use rested on is stopped or withdrawn."""


class RetrievalConsumer:
    """What the line systems of this province call. Implements `services.Retrieval`."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        mail: Mail,
        peers: Peers,
        wishes: Wishes,
        naming: Naming,
        own: OwnRetrieval,
        receiver: Receiver,
        previews: Previews,
        signing_keys: Callable[[str], frozenset[str]],
        spool: Spool,
        vault: Vault,
        contents: Keeper,
        recorder: Recorder,
        tally: Tally,
        wish_log: WishLog,
        timeout_s: float,
        file_timeout_s: float,
    ) -> None:
        """`timeout_s` bounds a data request, `file_timeout_s` a whole file stream.

        `signing_keys` names the fingerprints of the certificates that a province's usage copies may be signed with.
        """
        self._province = province
        self._store = store
        self._mail = mail
        self._peers = peers
        self._wishes = wishes
        self._naming = naming
        self._own = own
        self._receiver = receiver
        self._previews = previews
        self._signing_keys = signing_keys
        self._spool = spool
        self._vault = vault
        self._contents = contents
        self._recorder = recorder
        self._tally = tally
        self._wish_log = wish_log
        self._timeout_s = timeout_s
        self._file_timeout_s = file_timeout_s
        # Exchanges whose file is being made, received or handed on: a spooled file and a picture have one owner at a time.
        self._turns = Turns()

    async def data(self, caller: Caller, form: RetrieveForm) -> ReceivedData:
        """Fetch the allowed face data of one certificate.

        Raises:
            RefusedError: here, at the provider, or on the way; on record in each case.
        """
        form = await self._naming.identified(caller, form)
        wish = await self._wishes.check(caller, form, Output.DATA)
        if wish.province == self._province:
            return await self._own.data(wish)
        request = await self._asked(wish, wish.data_query())
        try:
            reply: Reply[DataAnswer] = await self._peers.ask(
                wish.province, DATA, request.draft, await self._mail.prove(request), self._timeout_s
            )
        except PeerError as error:
            raise await self._refused(wish, error.refusal) from error
        answer = reply.message
        if answer.refusal is not None:
            raise await self._refused(wish, replace(answer.refusal, by=wish.province), reply)
        data = checked_face(answer, wish)
        if data is None:
            detail = Refusal(
                reason=Reason.FILE_MISMATCH,
                detail="the data are not what was asked for, allowed and put into the receipt",
            )
            raise await self._refused(wish, detail, reply)
        fields = sorted(one["columnName"] for one in data["surface"])
        bound = openings(answer)
        await self._received(wish, reply, None, bound, fields=fields, mask=answer.mask_digest.hex())
        return received_data(wish, data, answer.mask_digest, disputed=self._disputed(wish, told=answer.disputed))

    async def file(self, caller: Caller, form: RetrieveForm) -> ReceivedFile:
        """Fetch and verify one file; a picture of it is drawn here, from what was verified.

        Raises:
            RefusedError: here, at the provider, or on the way; on record in each case. A stream that broke can be resumed by the same key.
        """
        output = Output.ORIGINAL if form.original else Output.FILE
        wish = await self._wishes.check(caller, await self._naming.identified(caller, form), output)
        if not await self._turns.take(wish.exchange_id):
            raise await self._refused(wish, UNDER_WAY)
        try:
            own = wish.province == self._province
            return await self._handed_on(wish, await (self._own.file(wish) if own else self._fetched(wish)))
        except BaseException:
            self._turns.end(wish.exchange_id)
            raise

    async def _handed_on(self, wish: Wish, received: ReceivedFile) -> ReceivedFile:
        """In the form that was wished for; while it is handed on, a stop order or a withdrawal can still end it."""
        if wish.form.file_format != OFD:
            received = await self._previews.drawn(received, wish.form)
        return replace(received, stopped=lambda: self._stopped(wish))

    async def cut(self, received: ReceivedFile) -> None:
        """Put on record that a stop order ended the handing on."""
        refusal = received.stopped()
        if refusal is None:
            return
        entry = self._recorder.entry(
            EventType.RETRIEVE,
            "ended",
            received.exchange_id,
            peer=received.province,
            certificate=self._vault.reference(received.identifier),
            refusal=refusal_member(refusal),
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))

    async def _fetched(self, wish: Wish) -> ReceivedFile:
        """The verified file of a peer, received from where the spool ends.

        Raises:
            RefusedError: refused, broken, or not the file that was promised; on record.
        """
        part = self._spool.part(wish.exchange_id)
        query = wish.file_query(offset=await asyncio.to_thread(part.resume))
        request, seen = await self._asked(wish, query), list[Reply[FileHead]]()
        try:
            head = await self._stream(wish, request, part, seen.append)
        except PeerError as error:
            if error.refusal.reason in _TAKEN_BACK:
                part.discard()
            raise await self._refused(wish, error.refusal, next(iter(seen), None)) from error
        except DecryptionError as error:
            part.discard()
            refusal = Refusal(reason=Reason.FILE_MISMATCH, detail=str(error))
            raise await self._refused(wish, refusal, next(iter(seen), None)) from error
        except OSError as error:  # a full disk, say; what is here already stays, and the same key goes on there
            _log.error("spool.failed", error=error.strerror)
            refusal = Refusal(reason=Reason.INTERNAL, detail="the file cannot be kept on the disk of this node")
            raise await self._refused(wish, refusal, next(iter(seen), None)) from error
        return await self._examined(wish, query, part, head)

    async def _examined(self, wish: Wish, query: FileQuery, part: Part, head: Reply[FileHead]) -> ReceivedFile:
        """Verify the document itself, keep the report, and hand the file over where it is what was promised.

        Raises:
            RefusedError: it is not; on record, with the report.
        """
        keys = self._signing_keys(wish.province)
        promise = Promise(
            query=query,
            head=head.message,
            exchange_id=wish.exchange_id,
            signing_keys=keys,
            province=wish.province,
        )
        reception = await self._receiver.examine(part.path, promise)
        if reception.misfit:
            part.discard()
            refusal = Refusal(reason=Reason.FILE_MISMATCH, detail=reception.misfit)
            raise await self._refused(wish, refusal, head, reception)
        one = head.message
        await self._received(
            wish,
            head,
            reception,
            (),
            file=one.sm3.hex(),
            original=one.original_sm3.hex(),
            size=one.size,
            verdict=reception.verdict,
        )
        return ReceivedFile(
            exchange_id=wish.exchange_id,
            identifier=wish.form.identifier,
            province=wish.province,
            path=part.path,
            size=one.size,
            sm3=one.sm3.hex(),
            original_sm3=one.original_sm3.hex(),
            format=one.format,
            verdict=reception.verdict,
            terms=reception.terms,
            apply_id=wish.form.apply_id,
            disputed=self._disputed(wish, told=one.disputed),
        )

    def _disputed(self, wish: Wish, *, told: bool) -> bool:
        """Whether somebody objects to the certificate, as its province told, or as is known here before that province has heard of it."""
        certificate = self._vault.reference(wish.form.identifier)
        return told or self._store.read.objections.disputed(certificate, (wish.province,))

    async def _stream(
        self, wish: Wish, request: Recorded, part: Part, seen: Callable[[Reply[FileHead]], None]
    ) -> Reply[FileHead]:
        """Receive head and chunks into the spool; `seen` is told of the head, whatever comes of the rest.

        Raises:
            PeerError: refused, broken, silent or stopped.
            DecryptionError: the bytes are not the file that was promised.
        """
        head: Reply[FileHead] | None = None
        opener: ChunkOpener | None = None
        envelope = await self._mail.prove(request)
        async with (
            aclosing(self._peers.fetch(wish.province, request.draft, envelope, self._file_timeout_s)) as items,
            _behind() as follow,
        ):
            async for item in items:
                self._check_stops(wish)
                if isinstance(item, Reply):
                    seen(item)
                    head = _checked_head(item, wish)
                    opener = ChunkOpener(head.message.chunk_key, wish.exchange_id)
                    await follow(partial(part.replay, opener))
                elif opener is not None and head is not None:
                    await follow(partial(part.append, opener, item, head.message.size))
        if head is None or opener is None:
            raise PeerError(Refusal(reason=Reason.PEER_ERROR, detail="a stream without a head"))
        if opener.offset < head.message.size:
            raise PeerError(Refusal(reason=Reason.PEER_ERROR, detail="the stream ended early"))
        if {opener.offset, part.size} != {head.message.size} or opener.digest() != head.message.sm3:
            raise DecryptionError("size or SM3 of the whole file does not fit")
        return head

    def _check_stops(self, wish: Wish) -> None:
        """A stream ends at this end, too, when what it rests on is stopped.

        Raises:
            PeerError: it is.
        """
        refusal = self._stopped(wish)
        if refusal is not None:
            raise PeerError(refusal)

    def _stopped(self, wish: Wish) -> Refusal | None:
        return self._wishes.stopped(wish.form.apply_id, wish.province, wish.form.identifier)

    def release(self, received: ReceivedFile) -> None:
        """Remove a spooled file after it was handed on; files of our own library stay."""
        self._previews.discard(received)
        if received.province != self._province:
            self._spool.part(received.exchange_id).discard()
        self._turns.end(received.exchange_id)

    async def _asked(self, wish: Wish, query: DataQuery | FileQuery) -> Recorded:
        """Draft the request and put it on record before it leaves.

        Raises:
            RefusedError: another request of its key began elsewhere meanwhile; on record.
        """

        def unit(nouns: Nouns) -> Recorded | Refusal:
            refusal = wish.begin(nouns)
            if refusal is not None:
                return refusal
            draft = self._mail.draft_request(query, recipients=(wish.province,), exchange_id=wish.exchange_id)
            request = self._recorder.sent(nouns, draft, EventType.RETRIEVE, "asked", self._members(wish))
            self._wish_log.asked(nouns, wish, request.index)
            return request

        request = await self._store.transact(unit)
        if isinstance(request, Refusal):
            raise await self._refused(wish, request)
        return request

    async def _received(
        self,
        wish: Wish,
        reply: Answer,
        reception: Reception | None,
        opened: tuple[Opening, ...],
        **members: str | int | list[str],
    ) -> None:
        """Keep what came; a repeated exchange is no second use."""
        exchange_id = wish.exchange_id

        def unit(nouns: Nouns) -> None:
            bound = self._contents.keep(nouns, opened, subject=wish.form.apply_id, exchange_id=exchange_id)
            entry = self._entry(wish, "received", verified=True, binds=bound, **answer_members(reply), **members)
            before = nouns.evidence.of_exchange(wish.exchange_id)
            if not any(json.loads(one.entry)["step"] == "received" for one in before):
                self._tally.note(nouns, Side.CONSUMER, self._province, wish.use_list_id, RETRIEVE)
            self._wish_log.received(nouns, wish, self._keep(nouns, wish, entry, reply, reception))

        await self._store.transact(unit)

    async def _refused(
        self, wish: Wish, refusal: Refusal, reply: Answer | None = None, reception: Reception | None = None
    ) -> RefusedError:
        """Put a refusal on record and return the error to raise."""
        members: dict[str, object] = {} if reply is None else {**answer_members(reply)}
        if reply is not None and reception is None and _promised(reply.message):
            members["begun"] = members.pop("answer")  # it was no answer to the end
        entry = self._entry(wish, "refused", refusal=refusal_member(refusal), **members)
        await self._store.transact(lambda nouns: self._keep(nouns, wish, entry, reply, reception))
        return refused(wish.advised(refusal), wish.exchange_id)

    def _keep(
        self, nouns: Nouns, wish: Wish, entry: dict[str, object], reply: Answer | None, reception: Reception | None
    ) -> int:
        """An entry, whose index it returns, the proof the answer came under, and beside it what was found of the file."""
        self._recorder.keep_answered(nouns, wish.exchange_id, {wish.province: reply})
        if reception is not None and reception.report is not None:
            nouns.reports.put(reception.report)
            key = self._vault.reference(wish.form.identifier)
            nouns.quality.replace(QualitySource.RECEIVED, key, reception.findings)
        return nouns.evidence.append(entry)

    def _entry(self, wish: Wish, step: str, **members: object) -> dict[str, object]:
        return self._recorder.entry(EventType.RETRIEVE, step, wish.exchange_id, **self._members(wish), **members)

    def _members(self, wish: Wish) -> dict[str, object]:
        """What every entry of a retrieval says."""
        return {
            "peer": wish.province,
            "apply": wish.form.apply_id,
            "certificate": self._vault.reference(wish.form.identifier),
            "output": wish.output.value,
        }


def _promised(message: DataAnswer | FileHead) -> bool:
    """Whether it is the head of a file that was to follow."""
    return isinstance(message, FileHead) and message.refusal is None


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


def _checked_head(head: Reply[FileHead], wish: Wish) -> Reply[FileHead]:
    """A head that promises the file we asked for.

    Raises:
        PeerError: the provider refused.
        DecryptionError: it promises the file of another certificate.
    """
    if head.message.refusal is not None:
        raise PeerError(replace(head.message.refusal, by=wish.province))
    if head.message.identifier != wish.form.identifier:
        raise DecryptionError("the file of another certificate")
    return head

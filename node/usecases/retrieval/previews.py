"""Pictures of pages of usage copies that were received and verified, for who cannot read OFD. Clause 8.3, REQUIREMENTS S7.

Drawn here, from the copy, in a bounded child process (`node.preview`): no other province draws for us, and what a picture shows is what was
verified. The copy's own watermark (用途, unit, maker, time, expiry) is on every page, so none is laid over it a second time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.library.documents import MAX_WHOLE, read_bounded
from node.library.spool import Part, Spool
from node.ports.retrieving import ReceivedFile, RetrieveForm
from node.ports.store import Store
from node.preview.render import Format, Preview, render_page
from node.usecases.record import Recorder, refusal_member
from node.usecases.retrieval.space import Space
from trust import gm
from trust.errors import DocumentError

DRAWERS = 2  # children at once: each may take up to 2 GiB of address space and most of a processor
OFD = "ofd"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Draws for one node."""

    spool: Spool
    store: Store
    recorder: Recorder
    _drawers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DRAWERS))
    _space: Space = field(default_factory=lambda: Space(MAX_WHOLE))
    """For the files that are drawn from: no usage copy waits for a picture, which takes long."""

    async def drawn(self, received: ReceivedFile, form: RetrieveForm) -> ReceivedFile:
        """The page that `form` wishes for as a file of its own; on record before it can leave. Call `discard` with it after all.

        Raises:
            RefusedError: no such page, or one that cannot be drawn within the bounds; on record.
        """
        kind, part = Format(form.file_format), self._part(received.exchange_id)
        try:
            with _own_fault("the page cannot be drawn on this node now"):
                picture = await self._draw(received, kind, form.page)
            with _own_fault("the picture cannot be kept on the disk of this node"):
                await asyncio.to_thread(part.path.write_bytes, picture.data)
        except (DocumentError, RefusedError) as error:
            part.discard()
            refusal = _refusal(error, form.page)
            await self._record(received, kind, form.page, refusal=refusal_member(refusal))
            raise refused(refusal, received.exchange_id) from error
        digest = gm.sm3(picture.data).hex()
        await self._record(received, kind, form.page, file=digest)
        return replace(
            received,
            path=part.path,
            size=len(picture.data),
            sm3=digest,
            format=kind.value,
            pages=picture.pages,
            notes=picture.notes,
        )

    async def _draw(self, received: ReceivedFile, kind: Format, page: int) -> Preview:
        async with self._drawers, self._space.of(received.size):
            data = await asyncio.to_thread(read_bounded, received.path)
            return await render_page(data, page=page, form=kind)

    async def _record(self, received: ReceivedFile, kind: Format, page: int, **members: object) -> None:
        entry = self.recorder.entry(
            EventType.RETRIEVE,
            "preview",
            received.exchange_id,
            of=received.sm3,
            format=kind.value,
            page=page,
            **members,
        )
        await self.store.transact(lambda nouns: nouns.evidence.append(entry))

    def discard(self, received: ReceivedFile) -> None:
        """Forget the picture."""
        if received.pages:
            self._part(received.exchange_id).discard()

    def _part(self, exchange_id: str) -> Part:
        return self.spool.part(f"{exchange_id}\x1fpreview")


@contextmanager
def _own_fault(detail: str) -> Iterator[None]:
    """What the machine does not give, a process or room on its disk, is the fault of this node and not of the document.

    Raises:
        RefusedError: with these words.
    """
    try:
        yield
    except OSError as error:
        _log.error("previews.failed", error=error.strerror)
        raise RefusedError(Reason.INTERNAL, detail) from error


def _refusal(error: DocumentError | RefusedError, page: int) -> Refusal:
    """Why there is no picture: the document's fault, or this node's."""
    if isinstance(error, RefusedError):
        return error.refusal
    return Refusal(reason=Reason.COPY_FAILED, detail=f"no preview of page {page}: {error}"[:200])

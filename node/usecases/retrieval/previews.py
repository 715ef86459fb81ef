"""Pictures of pages of usage copies that were received and verified, for who cannot read OFD. Clause 8.3, REQUIREMENTS S7.

Drawn here, from the copy, in a bounded child process (`node.preview`): no other province draws for us, and what a picture shows is what was
verified. The copy's own watermark (用途, unit, maker, time, expiry) is on every page, so none is laid over it a second time.
"""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import refused
from node.library.documents import read_bounded
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
    space: Space
    """For the files that are drawn from."""

    _drawers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DRAWERS))

    async def drawn(self, received: ReceivedFile, form: RetrieveForm) -> ReceivedFile:
        """The page that `form` wishes for as a file of its own; on record before it can leave. Call `discard` with it after all.

        Raises:
            RefusedError: no such page, or one that cannot be drawn within the bounds; on record.
        """
        kind, part = Format(form.file_format), self._part(received.exchange_id)
        try:
            picture = await self._draw(received, kind, form.page)
            await asyncio.to_thread(part.path.write_bytes, picture.data)
        except (DocumentError, OSError) as error:
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
        async with self.space.of(received.size), self._drawers:
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


def _refusal(error: DocumentError | OSError, page: int) -> Refusal:
    """Why there is no picture: the document's fault, or this node's."""
    if isinstance(error, DocumentError):
        return Refusal(reason=Reason.COPY_FAILED, detail=f"no preview of page {page}: {error}"[:200])
    _log.error("previews.failed", error=error.strerror)
    return Refusal(reason=Reason.INTERNAL, detail="the picture cannot be kept on the disk of this node")

"""What is done with a version of a peer's list that is refused: on record once, and kept as a file where it shows something. DESIGN §2.7.

A poll repeats, and so does what it is answered: the same refusal is put on record and kept once while this process runs, the file once for
good. What to refuse is decided elsewhere (`intake`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from federation.model.evidence import EventType
from federation.model.publication import Mark, PublicationError, SignedHead
from federation.model.publication_fork import PublicationExhibit
from federation.model.refusal import Reason, Refusal
from node.exhibits import Exhibits
from node.ports.lists import Kind
from node.ports.store import Store
from node.usecases.record import Recorder, refusal_member

EVENT = {
    Kind.CATALOGUE: EventType.CATALOG_CHANGE,
    Kind.USELIST: EventType.LIST_CHANGE,
    Kind.DECISIONS: EventType.LIST_CHANGE,
}
RETRY_CONTENT = timedelta(hours=1)  # entries that did not fit their head are not fetched again for so long
MAX_FILES_A_LIST = 8  # of one list of one peer, so that nobody fills the folder against the others
_log = structlog.get_logger(__name__)


class ContentError(PublicationError):
    """The entries are not those of their signed head; the head itself is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """What was refused last."""

    digest: str
    detail: str
    content_at: datetime | None


class PublicationRefusals:
    """Keeps record of refused versions. Owned by the event loop."""

    def __init__(self, *, store: Store, recorder: Recorder, exhibits: Exhibits, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._store = store
        self._recorder = recorder
        self._exhibits = exhibits
        self._clock = clock
        self._last: dict[tuple[Kind, str], _Last] = {}
        self._files: dict[tuple[Kind, str], int] = {}

    def pointless(self, kind: Kind, peer: str, digest: str) -> bool:
        """Whether the entries of this very head were fetched a short while ago and did not fit it."""
        last = self._last.get((kind, peer))
        if last is None or last.digest != digest or last.content_at is None:
            return False
        return timedelta() <= self._clock() - last.content_at < RETRY_CONTENT

    def forget(self, kind: Kind, peer: str) -> None:
        """A version was taken: the next refusal is a new one."""
        self._last.pop((kind, peer), None)

    async def refuse(
        self,
        kind: Kind,
        peer: str,
        named: Mark,
        head: SignedHead | None,
        error: PublicationError,
        exhibit: PublicationExhibit | None,
    ) -> tuple[Refusal, bool]:
        """The refusal, and whether it is a new one: then it is on record, with the exhibit kept."""
        refusal = Refusal(reason=Reason.VERSION_CONFLICT, detail=str(error)[:200])
        content_at = self._clock() if isinstance(error, ContentError) else None
        last = _Last(digest=named.digest, detail=str(error), content_at=content_at)
        known = self._last.get((kind, peer))
        if known is not None and (known.digest, known.detail) == (last.digest, last.detail):
            self._last[kind, peer] = last
            return refusal, False
        file = await self._keep(kind, peer, exhibit)
        entry = self._recorder.entry(
            EVENT[kind],
            "refused",
            f"{kind}-{peer}-{named.version}",
            publisher=peer,
            version=named.version,
            digest=named.digest,
            head=head.digest if head and head.digest != named.digest else "",
            exhibit=exhibit.digest if exhibit else "",
            file=file,
            refusal=refusal_member(refusal),
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        self._last[kind, peer] = last  # where that failed, the next poll tries again
        _log.warning(
            "publication.refused", kind=kind.value, peer=peer, version=named.version, why=refusal.detail, file=file
        )
        return refusal, True

    async def _keep(self, kind: Kind, peer: str, exhibit: PublicationExhibit | None) -> str:
        """Keep the file; returns its name, "" where there is none."""
        if exhibit is None:
            return ""
        name = f"publication-{kind}-{peer}-{exhibit.digest[:32]}"
        try:
            if await asyncio.to_thread(self._exhibits.holds, name):
                return f"{name}.json"
            if self._files.get((kind, peer), 0) >= MAX_FILES_A_LIST:
                return ""
            kept = await asyncio.to_thread(self._exhibits.keep, name, exhibit.to_json())
        except OSError as error:
            _log.error("publication.exhibit_not_kept", peer=peer, error=error.strerror)
            return ""
        self._files[kind, peer] = self._files.get((kind, peer), 0) + 1
        return f"{name}.json" if kept else ""

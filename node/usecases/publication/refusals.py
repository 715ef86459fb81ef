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
from trust import gm

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
        digest, file = await self._keep(kind, peer, exhibit)
        entry = self._recorder.entry(
            EVENT[kind],
            "refused",
            f"{kind}-{peer}-{named.version}",
            publisher=peer,
            version=named.version,
            digest=named.digest,
            head=head.digest if head and head.digest != named.digest else "",
            exhibit=digest,
            file=file,
            refusal=refusal_member(refusal),
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        self._last[kind, peer] = last  # where that failed, the next poll tries again
        _log.warning(
            "publication.refused", kind=kind.value, peer=peer, version=named.version, why=refusal.detail, file=file
        )
        return refusal, True

    async def _keep(self, kind: Kind, peer: str, exhibit: PublicationExhibit | None) -> tuple[str, str]:
        """Keep the file; returns its digest and its name, "" where there is none."""
        if exhibit is None:
            return "", ""
        content, digest = await asyncio.to_thread(_written, exhibit)
        of_list = f"publication-{kind}-{peer}-"
        try:
            kept = await asyncio.to_thread(self._filed, of_list, f"{of_list}{digest[:32]}", content)
        except OSError as error:
            _log.error("publication.exhibit_not_kept", peer=peer, error=error.strerror)
            kept = False
        return digest, f"{of_list}{digest[:32]}.json" if kept else ""

    def _filed(self, of_list: str, name: str, content: bytes) -> bool:
        """Whether the file is kept. Blocking."""
        if self._exhibits.holds(name):
            return True
        return self._exhibits.count(of_list) < MAX_FILES_A_LIST and self._exhibits.keep(name, content)


def _written(exhibit: PublicationExhibit) -> tuple[bytes, str]:
    """The file and its SM3 (hex): with a long chain, more than the loop should wait for."""
    content = exhibit.to_json()
    return content, gm.sm3(content).hex()

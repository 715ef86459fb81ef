"""What becomes of a membership document that is refused: kept as an exhibit, counted, logged and on record, once for each document.

`certmesh membership convict` judges the file on another machine. Nothing here decides what is refused.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.ports.store import Store
from node.usecases.record import Recorder, refusal_member
from trust import gm
from trust.errors import MembershipError
from trust.membership import Exhibit, signed_from_json

MAX_CHAIN = 1024  # documents in an exhibit
REMEMBERED = 1000  # refused documents that are not put on record again
PATIENCE = timedelta(minutes=1)  # how long a peer whose document was refused cannot make us ask again at once
_log = structlog.get_logger(__name__)


class Exhibits(Protocol):
    """Where refused documents are kept (`node.exhibits`). Blocking."""

    def holds(self, name: str) -> bool:
        """Whether an exhibit of this name is kept."""

    def keep(self, name: str, content: bytes) -> bool:
        """Keep an exhibit, durably; False where there is no room."""


class Refusals:
    """The refused documents of one node. Owned by the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        recorder: Recorder,
        clock: Callable[[], datetime],
        exhibits: Exhibits,
        counted: Callable[[str, str], None],
    ) -> None:
        """`counted` is told (peer, flaw) each time."""
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._exhibits = exhibits
        self._counted = counted
        self._known: OrderedDict[str, None] = OrderedDict()
        self._last: dict[str, datetime] = {}

    def lately(self, peer: str) -> bool:
        """Whether this peer offered something of the kind a moment ago."""
        last = self._last.get(peer)
        return last is not None and self._clock() - last < PATIENCE

    async def refuse(self, document: bytes, error: MembershipError, peer: str) -> None:
        """Keep what a peer offered; a document that was refused before is only counted."""
        name = gm.sm3(document).hex()
        self._counted(peer, error.reason)
        self._last[peer] = self._clock()
        if name in self._known:
            return
        self._known[name] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if await asyncio.to_thread(self._exhibits.holds, name):
            return
        kept = await asyncio.to_thread(self._exhibits.keep, name, self._exhibit(document, error, peer))
        refusal = Refusal(reason=Reason.VERSION_CONFLICT)
        members = {"peer": peer, "document": name, "flaw": error.reason, "refusal": refusal_member(refusal)}
        record = self._recorder.entry(EventType.MEMBERSHIP, "refused", "membership", kept=kept, **members)
        await self._store.transact(lambda nouns: nouns.evidence.append(record))
        _log.warning("membership.refused", peer=peer, flaw=error.reason, detail=str(error)[:200], exhibit=name)
        if not kept:
            _log.error("exhibits.full", exhibit=name, next_step="move the files of the exhibits folder elsewhere")

    def _exhibit(self, document: bytes, error: MembershipError, peer: str) -> bytes:
        chain = self._store.read.memberships.after(0, MAX_CHAIN)
        return Exhibit(
            chain=tuple(signed_from_json(one.document) for one in chain),
            offered=document,
            reason=error.reason,
            carried_by=peer,
            at=self._clock().isoformat(timespec="seconds"),
        ).to_bytes()

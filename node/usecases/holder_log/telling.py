"""What this province's log says of a holder's uses: each entry with the proof that it stands there, and the words beside it. Clause 8.5.

Who may be told is `answering`'s and `asking`'s matter. What a deferral holds back from the holder (8.4: the law says so, and a manager of
this province gave it, on record) is not listed while it is in force; named by another province that does not know of it, it is: then the
holder has it already, and to deny it would be a lie. Proving a hundred entries takes longer than the event loop
may be held, so it is done a few at a time; what is listed was committed before the head that proves it.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, Protocol

from federation.model.evidence import ProvenEntry
from federation.model.holder_uses import (
    ASKINGS,
    MAX_ASKINGS,
    MAX_USES,
    USES,
    ListedUse,
    Role,
    UseFacts,
    UsesAnswer,
    UsesQuery,
)
from federation.model.search import Outcome
from node.ports.evidence import LogEntry, LogHead
from node.ports.holder_log import HolderRow
from node.ports.store import Store
from node.usecases.holder_log.index import HolderIndex
from node.usecases.telling.holding import hidden
from trust.commitment import new_salt
from trust.envelope import LogProof
from trust.merkle import inclusion_proof

_AT_ONCE = 8  # uses proven before the loop is given up
_MAX_NOTICES = 4  # of one use that are looked for
_MAX_ATTEMPTS = 50  # entries of one notice
_GIVEN = frozenset({Role.PROVIDER, Role.OWN})

Prove = Callable[[LogEntry], ProvenEntry]


class Tells(Protocol):
    """Lists a holder's uses."""

    async def listed(self, query: UsesQuery, exchange_id: str) -> UsesAnswer:
        """What this node's log says; the asking itself is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Lists the uses of a holder that stand in this node's log."""

    store: Store
    index: HolderIndex
    clock: Callable[[], datetime]

    async def listed(self, query: UsesQuery, exchange_id: str) -> UsesAnswer:
        """The list that is told, whoever asks; the asking itself (`exchange_id`) is not in it.

        Raises:
            StoreError: the head could not be signed.
        """
        head = await self.store.checkpoint()
        handle = self.index.vault.handle(query.holder.type_code, query.holder.code)
        rows, truncated = self._rows(self.index.key(handle), query, exchange_id)
        prove = partial(_proven, head, cache(self.store.read.evidence.node_hash))
        uses = []
        for number, row in enumerate(one for one in rows if one.index < head.size):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            facts, apply_id = self.index.beside(handle, row)
            if query.exchanges or not hidden(self.store.read, row.exchange_id, apply_id, (row.peer,), self.clock()):
                uses.append(self._use(row, facts, head, prove))
        return UsesAnswer(
            outcome=Outcome.OK if uses else Outcome.EMPTY,
            uses=tuple(uses),
            truncated=truncated,
            checkpoint=head.checkpoint,
            salt=new_salt(),
        )

    def _rows(self, key: str, query: UsesQuery, exchange_id: str) -> tuple[Sequence[HolderRow], bool]:
        """The rows that are told, and whether there are more uses."""
        log = self.store.read.holder_log
        if query.exchanges:
            return log.of_exchanges(key, query.exchanges)[:MAX_USES], False
        window = {"since": query.since, "until": query.until}
        most = MAX_USES - MAX_ASKINGS
        uses = log.page(key, USES, **window, limit=most + 1)
        askings = log.page(key, ASKINGS, **window, limit=MAX_ASKINGS + 1)
        others = [one for one in askings if one.exchange_id != exchange_id]
        return [*uses[:most], *others[:MAX_ASKINGS]], len(uses) > most

    def _use(self, row: HolderRow, facts: UseFacts, head: LogHead, prove: Prove) -> ListedUse:
        (entry,) = self.store.read.evidence.entries(row.index, 1)
        return ListedUse(
            role=row.role,
            exchange_id=row.exchange_id,
            peer=row.peer,
            at=row.at,
            entry=prove(entry),
            told=self._told(json.loads(entry.entry), head, prove) if row.role in _GIVEN else (),
            counterpart=self._counterpart(row, entry),
            facts=facts,
        )

    def _counterpart(self, row: HolderRow, entry: LogEntry) -> LogProof | None:
        """The other side's own entry of the use, as its message brought it: of the retrieval, or of the notice to the holder's home."""
        receipts = self.store.read.receipts
        if row.role is Role.CONSUMER:
            return receipts.of(row.exchange_id).get(row.peer)
        if row.role not in {Role.PROVIDER, Role.HOME}:
            return None
        asked = json.loads(entry.entry)["exchange"]  # of a notice, another one than the use's
        kept = receipts.every(asked, of_peer=True)
        return next((one.proof for one in kept if one.province == row.peer), None)

    def _told(self, members: dict[str, Any], head: LogHead, prove: Prove) -> tuple[ProvenEntry, ...]:
        """The entries that say that the holder's notice of a use arrived."""
        log = self.store.read.evidence
        found = [
            one
            for notice in members.get("notices", ())[:_MAX_NOTICES]
            for one in log.of_exchange(notice, limit=_MAX_ATTEMPTS)
            if one.index < head.size and _arrived(json.loads(one.entry))
        ]
        return tuple(prove(one) for one in found[:1])


def _arrived(members: dict[str, Any]) -> bool:
    return (members["type"], members["step"], members.get("addressee")) == ("NOTICE", "delivered", "HOLDER")


def _proven(head: LogHead, node_hash: Callable[[int, int], bytes], one: LogEntry) -> ProvenEntry:
    path = inclusion_proof(one.index, head.size, node_hash)
    return ProvenEntry(index=one.index, entry=one.entry, proof=tuple(path))

"""The evidence log as peers may read it: its newest checkpoint, entries of exchanges they took part in, that it only grew. Clause 8.5.

Also its hash tiles (C2SP tlog-tiles), out of which a peer makes whatever proof it wants, or sees which entry of a rewritten log is another.
A bundle of entries is never shown to a peer: it holds what third parties exchanged. Auditors read those on the admin port.
"""

import json
from collections.abc import Awaitable, Callable

from federation.methods import CHECKPOINT, CONSISTENCY, PROVE, TILE
from federation.model.evidence import (
    CheckpointAnswer,
    CheckpointRequest,
    ConsistencyAnswer,
    ConsistencyRequest,
    ProveAnswer,
    ProvenEntry,
    ProveRequest,
    TileAnswer,
    TileRequest,
)
from federation.model.refusal import Reason
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.evidence import LogEntry
from node.ports.store import Store
from node.usecases.evidence_tiles import read_tile
from node.usecases.exchange import Answered, Exchange
from node.usecases.shown import MAX_SHOWN, cosigned_head
from trust.errors import EvidenceError
from trust.merkle import consistency_proof, inclusion_proof
from trust.tiles import ENTRIES, Tile, parse_tile


class EvidenceProvider:
    """Answers peers who read the log. Reading is not itself on record: nothing leaves that was not there."""

    def __init__(
        self,
        *,
        store: Store,
        exchange: Exchange,
        witnessed: Callable[[], str] = str,
        hurry: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Read from `store`; `witnessed` is the newest checkpoint that enough peers cosigned, `hurry` offers them a newer one."""
        self._store = store
        self._exchange = exchange
        self._witnessed = witnessed
        self._hurry = hurry

    async def checkpoint(self, incoming: Incoming[CheckpointRequest]) -> Answered:
        """The newest head of this log, signed."""
        head = await self._store.checkpoint()
        answer = CheckpointAnswer(note=head.checkpoint.decode(), witnessed=self._witnessed())
        return await self._exchange.poll(incoming, CHECKPOINT.path, lambda _: answer)

    async def prove(self, incoming: Incoming[ProveRequest]) -> Answered:
        """The caller's entries of one exchange, each with its inclusion proof; those of other provinces are not shown.

        At most `MAX_SHOWN` of what this node asked, and as many of what it was asked.

        Under a head that others cosigned, where one covers them all; where none does, they are offered one, for who asks again.
        """
        newest = await self._store.checkpoint()
        log, wanted = self._store.read.evidence, incoming.message.exchange_id
        entries = [
            one for of_peer in (False, True) for one in log.of_exchange(wanted, of_peer=of_peer, limit=MAX_SHOWN)
        ]
        shown = [entry for entry in entries if entry.index < newest.size and _concerns(entry, incoming.sender)]
        last = max((entry.index for entry in shown), default=newest.size)
        cosigned = cosigned_head(self._store.read, last)
        if cosigned is None and shown and self._hurry is not None:
            await self._hurry()
        size, note = cosigned or (newest.size, newest.checkpoint)
        proven = tuple(self._proven(entry, size) for entry in shown)
        answer = ProveAnswer(entries=proven, note=note.decode())
        return await self._exchange.poll(incoming, PROVE.path, lambda _: answer)

    async def consistency(self, incoming: Incoming[ConsistencyRequest]) -> Answered:
        """That the log of one size is the beginning of the log of another.

        Raises:
            RefusedError: the sizes are not those of a log that grew to the newest head.
        """
        sizes, new = (incoming.message.old, *incoming.message.others), incoming.message.new
        size = self._store.read.evidence.head().size
        if not all(0 < old <= new <= size for old in sizes):
            raise RefusedError(Reason.BAD_PARAMETER, f"old and new: 0 < old <= new <= {size}")
        node_hash, whole = self._store.read.evidence.node_hash, incoming.message.whole
        first, *others = (tuple(consistency_proof(old, new, node_hash, whole=whole)) for old in sizes)
        answer = ConsistencyAnswer(proof=first, others=tuple(others))
        return await self._exchange.poll(incoming, CONSISTENCY.path, lambda _: answer)

    async def tiles(self, incoming: Incoming[TileRequest]) -> Answered:
        """Hash tiles of the log, out of the store.

        Raises:
            RefusedError: a path is none of a hash tile.
        """
        log = self._store.read.evidence
        answer = TileAnswer(tiles=tuple(read_tile(log, _hash_tile(path)) or b"" for path in incoming.message.paths))
        return await self._exchange.poll(incoming, TILE.path, lambda _: answer)

    def _proven(self, entry: LogEntry, size: int) -> ProvenEntry:
        proof = inclusion_proof(entry.index, size, self._store.read.evidence.node_hash)
        return ProvenEntry(index=entry.index, entry=entry.entry, proof=tuple(proof))


def _hash_tile(path: str) -> Tile:
    """The tile at a path.

    Raises:
        RefusedError: it is none of a hash tile.
    """
    try:
        tile = parse_tile(path)
    except EvidenceError as error:
        raise RefusedError(Reason.BAD_PARAMETER, "paths: tile/<0 to 7>/<N>, and .p/<W> where it is partial") from error
    if tile.level == ENTRIES:
        raise RefusedError(Reason.BAD_PARAMETER, "paths: entries are not shown to peers")
    return tile


def _concerns(entry: LogEntry, province: str) -> bool:
    """Whether a province took part in what an entry records."""
    members = json.loads(entry.entry)
    return members.get("peer") == province or province in members.get("peers", ())

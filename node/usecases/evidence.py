"""The evidence log as peers may read it: the newest checkpoint, and the entries of an exchange they took part in. Clause 8.5."""

import json

from federation.methods import CHECKPOINT, PROVE
from federation.model.evidence import CheckpointAnswer, CheckpointRequest, ProveAnswer, ProvenEntry, ProveRequest
from federation.ports import Incoming
from node.ports.store import LogEntry, LogHead, Store
from node.usecases.exchange import Answered, Exchange
from trust.merkle import inclusion_proof


class EvidenceProvider:
    """Answers CheckpointRequest and ProveRequest. Reading the log is not itself on record: nothing leaves that was not there."""

    def __init__(self, *, store: Store, exchange: Exchange) -> None:
        """Read from `store`."""
        self._store = store
        self._exchange = exchange

    async def checkpoint(self, incoming: Incoming[CheckpointRequest]) -> Answered:
        """The newest head of this log, signed."""
        head = await self._store.checkpoint()
        answer = CheckpointAnswer(note=head.checkpoint.decode())
        return await self._exchange.poll(incoming, CHECKPOINT.path, lambda _: answer)

    async def prove(self, incoming: Incoming[ProveRequest]) -> Answered:
        """The caller's entries of one exchange, each with its inclusion proof; those of other provinces are not shown."""
        head = await self._store.checkpoint()
        entries = self._store.read.evidence.of_exchange(incoming.message.exchange_id)
        shown = [entry for entry in entries if entry.index < head.size and _concerns(entry, incoming.sender)]
        proven = tuple(self._proven(entry, head) for entry in shown)
        answer = ProveAnswer(entries=proven, note=head.checkpoint.decode())
        return await self._exchange.poll(incoming, PROVE.path, lambda _: answer)

    def _proven(self, entry: LogEntry, head: LogHead) -> ProvenEntry:
        proof = inclusion_proof(entry.index, head.size, self._store.read.evidence.node_hash)
        return ProvenEntry(index=entry.index, entry=entry.entry, proof=tuple(proof))


def _concerns(entry: LogEntry, province: str) -> bool:
    """Whether a province took part in what an entry records."""
    members = json.loads(entry.entry)
    return members.get("peer") == province or province in members.get("peers", ())

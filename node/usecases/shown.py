"""What this node can show of one exchange: own entries and the kept proofs of the others, each under a cosigned head where there is one.

Clause 8.5, DESIGN §7. An own entry is proven anew under the newest cosigned head that covers it. A kept proof is lifted (`trust.lifting`)
along the links that the background check kept (`usecases.proof_links`), without asking anyone. Where no cosigned head is reached, a proof
is shown as it came: it proves the same, but nobody else says when.
"""

import json
from dataclasses import dataclass, replace

from federation.model.refusal import Reason
from federation.receipt import ExchangeReceipt
from node.errors import RefusedError
from node.ports.head_links import HeadLinks
from node.ports.store import Nouns, Store
from trust.checkpoint import parse_note
from trust.cosignature import owner, witness
from trust.envelope import LogProof
from trust.lifting import lifted
from trust.membership import MAX_MEMBERS
from trust.merkle import inclusion_proof

MAX_SHOWN = 64  # entries of one log; a peer may repeat a question as often as it likes
_HOPS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry in its log: whose, whether it is of what a peer asked this node, and the proof."""

    province: str
    of_peer: bool
    proof: LogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExchange:
    """Gathers the proofs of exchanges; `province` is this node's."""

    province: str
    store: Store

    async def receipt(self, exchange_id: str) -> ExchangeReceipt:
        """All that this node can show of an exchange, as a file.

        Raises:
            RefusedError: NO_RECORD: nothing.
        """
        shown = await self.proofs(exchange_id)
        if not shown:
            raise RefusedError(Reason.NO_RECORD, "exchangeId: nothing is on record under it")
        proofs = tuple((one.province, one.proof) for one in shown)
        return ExchangeReceipt(by=self.province, exchange_id=exchange_id, proofs=proofs)

    async def proofs(self, exchange_id: str, *, peer: str = "") -> tuple[Shown, ...]:
        """Own entries first, then those of the others, each in order, at most `MAX_SHOWN` of either side of what was asked.

        `peer`: only what is between this node and that one: of the own entries those that concern it. Nothing where there is no such
        exchange.

        Raises:
            StoreError: an own entry cannot be proven now.
        """
        found = []
        for of_peer in (False, True):
            entries = self.store.read.evidence.of_exchange(exchange_id, of_peer=of_peer, limit=MAX_SHOWN)
            indices = [one.index for one in entries if not peer or concerns(one.entry, peer)]
            found += [Shown(province=self.province, of_peer=of_peer, proof=await self.own(one)) for one in indices]
        for of_peer in (False, True):
            kept = self.store.read.receipts.every(exchange_id, of_peer=of_peer)
            found += [
                Shown(province=one.province, of_peer=of_peer, proof=self.strengthened(one.province, one.proof))
                for one in kept[:MAX_SHOWN]
                if peer in ("", one.province)
            ]
        return tuple(found)

    async def own(self, index: int) -> LogProof:
        """See `cosigned_proof`."""
        return await cosigned_proof(self.store, index)

    def strengthened(self, province: str, proof: LogProof) -> LogProof:
        """A kept proof under the first cosigned head that links lead to; as it is where they lead to none."""
        return strengthened(self.store.read.head_links, province, proof)


def cosigned_head(nouns: Nouns, index: int) -> tuple[int, bytes] | None:
    """Size and note of the head of the own log that most others cosigned, of those that cover an entry; None where there is none."""
    for least in range(MAX_MEMBERS - 1, 0, -1):
        head = nouns.cosignatures.newest(least=least)
        if head is not None and head.size > index:
            return head.size, head.cosigned
    return None


async def cosigned_proof(store: Store, index: int) -> LogProof:
    """The proof of an own entry, under a cosigned head where one covers it.

    Raises:
        StoreError: no such entry is committed, or this store has no key.
    """
    head = cosigned_head(store.read, index)
    if head is None:
        return await store.prove(index)
    size, note = head
    (one,) = store.read.evidence.entries(index, 1)
    path = inclusion_proof(index, size, store.read.evidence.node_hash)
    return LogProof(entry=one.entry, index=index, path=tuple(path), checkpoint=note)


def strengthened(links: HeadLinks, province: str, proof: LogProof) -> LogProof:
    """See `ShownExchange.strengthened`. What comes out is as good as the links: whoever needs to believe it verifies it."""
    found = proof
    for _ in range(_HOPS):
        if is_cosigned(found.checkpoint):
            return found
        head = parse_note(found.checkpoint).checkpoint
        link = links.of(province, head.size)
        if link is None or not link.holds or link.root != head.root:
            break
        if link.to_size == head.size and not is_cosigned(link.to_note):
            break
        path = lifted(
            index=found.index,
            old=head.size,
            new=link.to_size,
            path=found.path,
            consistency=link.path,
            old_root=head.root,
        )
        found = replace(found, path=path, checkpoint=link.to_note)
    return proof


def concerns(entry: bytes, province: str) -> bool:
    """Whether a province took part in what an entry records."""
    members = json.loads(entry)
    outcomes = members.get("outcomes") or ()
    return (
        members.get("peer") == province
        or province in members.get("peers", ())
        or any(isinstance(one, dict) and one.get("province") == province for one in outcomes)
    )


def is_cosigned(note: bytes) -> bool:
    """Of a note that was believed before it was kept: whether it bears the line of another province than its log's own."""
    return seconders(note) > 0


def seconders(note: bytes) -> int:
    """How many others' lines a note bears, by their names; their signatures are not looked at.

    Raises:
        EvidenceError: not a note of a province's log.
    """
    read = parse_note(note)
    own = {read.checkpoint.origin, witness(owner(read.checkpoint.origin))}
    return len({one.name for one in read.signatures} - own)

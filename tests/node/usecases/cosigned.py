"""Provinces of the mesh that cosign one another's logs, wired as `node.assembly.witnessing` wires them. Nothing here is a test."""

from collections.abc import Sequence
from typing import Any

from federation.methods import ACCUSE, ADD_CHECKPOINT
from federation.model.witness import AddCheckpointRequest, Fit
from federation.testing import Handler
from node.ports.signing_gate import SigningGate
from node.usecases.accusations import Accusations
from node.usecases.cosigning import Cosigning
from node.usecases.greeting import Greeting
from node.usecases.own_log import OwnLog
from node.usecases.witness import Witness
from node.usecases.witness_view import WitnessView
from tests.node.usecases.mesh import Province
from trust import gm
from trust.checkpoint import Checkpoint, sign_note
from trust.cosignature import cosign, cosigned
from trust.merkle import Frontier, consistency_proof, leaf_hash

INTERVAL_S = 15.0


class Cosigner:
    """One province with its parts for cosigning. `ticks` is its monotonic clock."""

    def __init__(self, node: Province, quorum: int = 2, *, starting: bool = False) -> None:
        """Put the parts together and answer for them on the network; not `starting`: the start is over, and everybody answered."""
        self.node, self.ticks, self.woken = node, 0.0, list[str]()
        self.gate, sign = SigningGate(), node._sign_head

        def gated(size: int, root: bytes) -> bytes:
            self.gate.check()
            return sign(size, root)

        node.memory._nouns.evidence._sign = gated
        node.memory._may_sign = self.gate.check
        self.own = self.restarted()
        self.witness = Witness(
            store=node.store,
            exchange=node.exchange,
            heads=node.heads,
            keeper=node.keeper,
            keys=self.keys,
            identity=lambda: node.identity,
            clock=node.clock,
        )
        self.greeting = Greeting(
            mail=node.post,
            own=self.own,
            gate=self.gate,
            others=lambda: node.directory.others(node.code),
            quorum=lambda: quorum,
            new_id=node.new_id,
        )
        if not starting:
            self.gate.release()
            self.greeting._missed.clear()
        common: dict[str, Any] = {
            "mail": node.post,
            "peers": node.peers,
            "keys": self.keys,
            "others": lambda: node.directory.others(node.code),
            "new_id": node.new_id,
            "wake": self.woken.append,
        }
        self.cosigning = Cosigning(
            **common,
            store=node.store,
            own=self.own,
            greeting=self.greeting,
            identity=lambda: node.identity,
            clock=node.clock,
            monotonic=lambda: self.ticks,
            interval_s=INTERVAL_S,
        )
        self.accusations = Accusations(
            **common, exchange=node.exchange, alarms=node.keeper.alarms, exhibits=node.exhibits
        )
        self.view = WitnessView(
            store=node.store,
            own=self.own,
            greeting=self.greeting,
            exhibits=node.exhibits,
            quorum=lambda: quorum,
            members=lambda: node.directory.provinces,
            clock=node.clock,
        )
        mine: dict[str, Handler] = {ADD_CHECKPOINT.path: self.witness.add, ACCUSE.path: self.accusations.accused}
        node.network.join(node.post, node.handlers() | mine, health=node.health)

    def restarted(self) -> OwnLog:
        """What the node knows of its own log after a start."""
        node = self.node
        return OwnLog(
            store=node.store,
            gate=self.gate,
            recorder=node.recorder,
            new_id=node.new_id,
            keys=lambda: self.keys(node.code),
        )

    def keys(self, province: str) -> Sequence[gm.PublicKey]:
        """The listed signing keys."""
        peer = self.node.directory.peers.get(province)
        return () if peer is None else tuple(peer.signing_keys.values())

    async def greet(self) -> None:
        """What the node does before it signs anything."""
        self.greeting._missed |= set(self.node.directory.others(self.node.code))
        await self.greeting.start(self.node.peers, 1.0)

    async def offer(self) -> None:
        """Offer the newest head, when the interval is over."""
        self.ticks += INTERVAL_S
        await self.cosigning.look()

    async def round(self) -> None:
        """Offer the newest head and push it to every peer that is there."""
        await self.round_without()

    async def round_without(self, *missing: str) -> None:
        """The same, while some peers are not there."""
        await self.offer()
        for peer in self.node.directory.others(self.node.code):
            if peer not in missing:
                await self.cosigning.push(peer)

    async def ask(self, peer: str, note: bytes, *fits: Fit) -> Any:
        """What a peer answers to this offer."""
        node, request = self.node, AddCheckpointRequest(note=note.decode(), fits=fits)
        draft = node.post.draft_request(request, recipients=(peer,), exchange_id=node.new_id())
        return (await node.peers.ask(peer, ADD_CHECKPOINT, draft, node.post.sign(draft), 1.0)).message

    def stated(self, size: int, root: bytes, *, seconds: int | None = None) -> bytes:
        """Any head, signed and stated by this province."""
        identity, checkpoint = self.node.identity, Checkpoint(origin=self.node.origin, size=size, root=root)
        key, sign = identity.signing_certificate.public_key, identity.signing_key.sign
        at = int(self.node.clock().timestamp()) if seconds is None else seconds
        own = cosign(checkpoint.text(), province=self.node.code, public_key=key, sign=sign, seconds=at)
        return cosigned(sign_note(checkpoint, key, sign), [own.line])


class Other:
    """Another log of a province: its entries but for the first, and some more."""

    def __init__(self, node: Province, growth: int = 0, *, changed: bool = True) -> None:
        """The tree; not `changed`: the log itself, grown."""
        entries = [one.entry for one in node.store.read.evidence.entries(0, 10_000)]
        entries[:1] = [b"{}"] if changed else entries[:1]
        self.frontier, self.finished, self.roots = Frontier(), [], [b""]
        for one in [*entries, *([b"{}"] * growth)]:
            self.finished.append(self.frontier.append(leaf_hash(one)))
            self.roots.append(self.frontier.root())

    @property
    def size(self) -> int:
        """Its entries."""
        return self.frontier.size

    def fit(self, size: int, new: int) -> Fit:
        """Its own proof between two sizes."""
        proof = consistency_proof(
            size, new, lambda level, at: self.finished[((at + 1) << level) - 1][level], whole=True
        )
        return Fit(size=size, proof=tuple(proof))

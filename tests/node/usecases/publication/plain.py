"""Nodes for schedules at random: the use-case over memory stores that fail on command, and a network without cryptography. No test.

Messages go through the real codec. Heads are "signed" with a digest: who may sign is not what schedules are about.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from federation import codec
from federation.errors import PeerError
from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL, Method
from federation.model.publication import Head, PublicationError, PullAnswer, SignedHead, from_document, parse
from federation.model.refusal import Reason, Refusal
from federation.ports import Draft, Encoded, Incoming, Recorded, Reply
from node.errors import RefusedError
from node.exhibits import Exhibits
from node.ports.lists import Kind
from node.ports.store import Nouns, StoreError
from node.storage.memory import MemoryStore
from node.usecases.exchange import Exchange
from node.usecases.lists import Lists
from node.usecases.publication.exchanging import Publications
from node.usecases.record import Recorder
from node.vault import Vault
from trust import gm

T = TypeVar("T")
KIND = Kind.CATALOGUE
Entries = dict[str, dict[str, Any]]


class FailingStore(MemoryStore):
    """A store that fails once, at a unit of work to come: before it, or after it has become durable.

    A unit waits for its turn, as it does in a group that commits, and is carried out whether its caller is still there or not.
    """

    def __init__(self) -> None:
        """Fail at nothing."""
        super().__init__()
        self.fail_in, self.fail_stored = 0, False
        self.gate = asyncio.Event()  # units wait until it is set, or one is let through
        self.gate.set()
        self._through = asyncio.Semaphore(0)
        self._last: asyncio.Task[Any] | None = None

    async def transact(self, unit: Callable[[Nouns], T]) -> T:
        self._last = task = asyncio.create_task(self._commit(self._last, unit))
        return await asyncio.shield(task)

    def step(self) -> None:
        """Let one unit through the closed gate."""
        self._through.release()

    async def settled(self) -> None:
        """Wait until no unit is under way: some have no caller any more."""
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])

    async def _turn(self) -> None:
        if self.gate.is_set():
            return
        ways = [asyncio.ensure_future(self.gate.wait()), asyncio.ensure_future(self._through.acquire())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()

    async def _commit(self, before: "asyncio.Task[Any] | None", unit: Callable[[Nouns], T]) -> T:
        if before is not None and not before.done():
            await asyncio.wait([before])
        await asyncio.sleep(0)
        await self._turn()
        self.fail_in -= 1
        fails = self.fail_in == 0
        if fails and not self.fail_stored:
            raise StoreError("on command, not stored")
        result = await super().transact(unit)
        await asyncio.sleep(0)
        if fails:
            raise StoreError("on command, but stored")
        return result


class PlainMail:
    """Implements `ports.Mail`, for a network that believes everybody."""

    def __init__(self, province: str) -> None:
        self.province = province
        self._count = 0

    def encode(self, message: Any) -> Encoded:
        return codec.encode(message)

    def decode(self, encoded: Encoded) -> Any:
        return codec.decode(encoded.kind, encoded.body)

    def draft_request(self, message: Any, *, recipients: Sequence[str], exchange_id: str) -> Draft:
        encoded = codec.encode(message)
        self._count += 1
        return Draft(kind=encoded.kind, exchange_id=exchange_id, payload=encoded.body, digest=f"{self._count:064x}")

    def draft_answer(self, encoded: Encoded, incoming: Incoming[Any]) -> Draft:
        return Draft(kind=encoded.kind, exchange_id=incoming.exchange_id, payload=encoded.body, digest="00" * 32)

    async def prove(self, recorded: Recorded) -> bytes:
        raise AssertionError("lists have no recorded messages")

    def sign(self, draft: Draft) -> bytes:
        return draft.payload


def sign(payload: bytes, _kind: Kind) -> SignedHead:
    return SignedHead(payload=payload, key_id="5a" * 32, signature=gm.sm3(payload) * 2)


def verify(signed: SignedHead, kind: str, publisher: str) -> Head:
    if signed.signature != gm.sm3(signed.payload) * 2:
        raise PublicationError("the signature does not fit")
    return parse(signed.payload, kind=kind, publisher=publisher)


@dataclass(slots=True)
class World:
    """What the nodes share: the time, the paths that are cut, and who is down."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    cuts: set[frozenset[str]] = field(default_factory=set)
    nodes: dict[str, "Node"] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Node:
    """One node. As a peer of others it implements `ports.Peers.ask`."""

    def __init__(self, code: str, world: World, *, page_entries: int, max_chain: int) -> None:
        self.code, self.world, self.store = code, world, FailingStore()
        self.page_entries, self.max_chain = page_entries, max_chain
        self.falsify: Callable[[PullAnswer], PullAnswer] | None = None
        self.calls_until_cut = 0  # the path breaks before the call of that number
        self._count = 0
        world.nodes[code] = self
        self.start()

    def start(self) -> None:
        """Start, or start anew over what the store holds."""
        world, store, mail = self.world, self.store, PlainMail(self.code)
        recorder = Recorder(self.code, world.clock)
        self.lists = Lists(lambda: store.read.publications)
        self.publications = Publications(
            province=self.code,
            store=store,
            exchange=Exchange(
                store=store, mail=mail, vault=Vault(bytes(32), "5a" * 32), recorder=recorder, clock=world.clock
            ),
            mail=mail,
            peers=self,
            lists=self.lists,
            recorder=recorder,
            exhibits=Exhibits(folder=Path(tempfile.gettempdir()) / "certmesh-no-exhibits" / self.code),
            clock=world.clock,
            new_id=self._new_id,
            sign=sign,
            verify=verify,
            key_listed=lambda _: True,
            others=lambda: [one for one in world.nodes if one != self.code],
            wake=lambda _: None,
        )
        self.publications._offers.page_entries = self.page_entries
        self.publications._offers.max_chain = self.max_chain

    def _new_id(self) -> str:
        self._count += 1
        return f"{self.code}-{self._count:08}"

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """Call another node, as `ports.Peers` says."""
        self.calls_until_cut -= 1
        if frozenset((self.code, province)) in self.world.cuts or self.calls_until_cut == 0:
            raise PeerError(Refusal(reason=Reason.PEER_UNREACHABLE))
        try:
            answer = await self.world.nodes[province].answer(self.code, method, draft, envelope)
        except (RefusedError, StoreError) as error:
            raise PeerError(getattr(error, "refusal", Refusal(reason=Reason.PEER_ERROR))) from error
        return Reply(message=codec.decode(method.answer, answer.payload), digest="00" * 32)

    def fetch(self, province: str, draft: Draft, envelope: bytes, timeout_s: float) -> AsyncGenerator[Any, None]:
        """Lists fetch no files."""
        raise NotImplementedError

    async def answer(self, sender: str, method: Method, draft: Draft, envelope: bytes) -> Draft:
        """Answer another node."""
        digest = gm.sm3(f"{sender}{draft.exchange_id}".encode())
        incoming: Incoming[Any] = Incoming(
            sender=sender,
            exchange_id=draft.exchange_id,
            message=codec.decode(method.request, envelope),
            digest=digest.hex(),
            intent=digest,
            nonce=digest[:16],
            nonce_deadline=self.world.now + timedelta(minutes=2),
        )
        kind = next(kind for kind in Kind if method in {ANNOUNCE[kind], PULL[kind], ACKNOWLEDGE[kind]})
        if method == ANNOUNCE[kind]:
            answered = await self.publications.announced(kind, incoming)
        elif method == PULL[kind]:
            answered = await self.publications.pulled(kind, incoming)
        else:
            answered = await self.publications.acknowledged(kind, incoming)
        assert isinstance(answered.draft, Draft)
        if self.falsify is None or method != PULL[KIND]:
            return answered.draft
        return replace(answered.draft, payload=codec.encode(self.falsify(answered.message)).body)

    def version(self, publisher: str) -> int:
        """The version held of a list."""
        stored = self.store.read.publications.latest(KIND, publisher)
        return stored.version if stored else 0

    def head(self, version: int) -> SignedHead:
        """The signed head of an own version."""
        stored = self.store.read.publications.at(KIND, self.code, version)
        assert stored is not None
        return from_document(stored.document, KIND.value)

    def shown(self, publisher: str) -> Entries:
        """The entries held of a list, by id."""
        page = self.store.read.publications.page(KIND, publisher, self.version(publisher), None, 10_000)
        return {one.id: json.loads(one.body) for one in page}

    async def exchange(self, peer: str) -> None:
        """Exchange lists with a peer, as `federation.sync` does: a peer that cannot be talked to now is asked again."""
        try:
            await self.publications.exchange_with(peer)
        except (PeerError, StoreError):
            return

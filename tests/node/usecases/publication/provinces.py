"""Provinces that do nothing but publish and keep lists: the use-case over memory stores and the fake network. Nothing here is a test.

A province can be started anew over its store, answer falsely on command, and be replaced by a twin: another node with its keys.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from federation.directory import Directory
from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL
from federation.model.publication import Mark, PullAnswer, SignedHead, from_document
from federation.ports import Draft, Incoming, Recorded
from federation.post import Post
from federation.sample_identities import make_identities, make_membership
from federation.testing import Handler, LocalNetwork
from node import publication_keys
from node.exhibits import Exhibits
from node.ports.lists import Kind
from node.storage.memory import MemoryStore
from node.usecases.exchange import Answered, Exchange
from node.usecases.lists import Lists
from node.usecases.publication.exchanging import Publications
from node.usecases.record import Recorder
from node.vault import Vault
from trust.local import LocalIdentity, Own

CODES = SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = ("310000", "320000", "330000", "340000")
CATALOGUE, USELIST, DECISIONS = Kind.CATALOGUE, Kind.USELIST, Kind.DECISIONS
Entry = dict[str, Any]
_START = datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Clock:
    """A UTC clock that stands still until it is moved."""

    now: datetime = _START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class Traffic:
    """Envelopes that were made: how many bytes, and how many of them."""

    sizes: list[int] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(self.sizes)


class CountingPost(Post):
    """A post room whose envelopes are counted."""

    traffic: Traffic

    def sign(self, draft: Draft) -> bytes:
        envelope = super().sign(draft)
        self.traffic.sizes.append(len(envelope))
        return envelope

    async def finish(self, draft: Draft | Recorded) -> bytes:
        assert isinstance(draft, Draft)
        return self.sign(draft)


def entry(number: int, **changes: Any) -> Entry:
    """A catalogue entry that the rules can read."""
    return {
        "type_code": f"T{number:05}",
        "province_code": SHANGHAI,
        "type_name": "样例",
        "define_authority_name": "样例",
        "define_authority_code": "样例",
        "holder_category": "LEGAL",
        "holder_type_codes": ["001"],
        "share_modes": ["FILE"],
        "file_formats": ["ofd"],
        **changes,
    }


class Province:
    """One node of the mesh, as far as lists go."""

    def __init__(self, identity: LocalIdentity, mesh: "Provinces", folder: Path) -> None:
        """Start over an empty store."""
        self.identity, self.mesh, self.code = identity, mesh, identity.province
        self.store, self.exhibits = MemoryStore(), Exhibits(folder=folder / self.code)
        folder.mkdir(exist_ok=True)
        self.woken: list[str] = []
        self._count = 0
        self.start()

    def start(self) -> None:
        """Start, or start anew over what the store holds."""
        clock, store = self.mesh.clock, self.store
        self.post = CountingPost(self.identity, self.mesh.directory, clock=clock, monotonic=time.monotonic)
        self.post.traffic = self.mesh.traffic
        recorder = Recorder(self.code, clock)
        self.lists = Lists(lambda: store.read.publications)
        self.exchange = Exchange(
            store=store, mail=self.post, vault=Vault(bytes(32), "5a" * 32), recorder=recorder, clock=clock
        )
        self.publications = Publications(
            province=self.code,
            store=store,
            exchange=self.exchange,
            mail=self.post,
            peers=self.mesh.network.peers_of(self.code),
            lists=self.lists,
            recorder=recorder,
            exhibits=self.exhibits,
            clock=clock,
            new_id=self._new_id,
            sign=publication_keys.signer(Own(self.identity)),
            verify=publication_keys.verifier(self.mesh.directory),
            key_listed=publication_keys.listed(self.mesh.directory, self.code),
            others=lambda: self.mesh.directory.others(self.code),
            wake=self.woken.append,
        )
        self.join()

    def _new_id(self) -> str:
        self._count += 1
        return f"{self.code}-{self._count:08}"

    def join(self, **other: Handler) -> None:
        """Answer on the network; `other` handlers, by path with _ for /, instead of the right ones."""
        table: dict[str, Handler] = {}
        for kind in Kind:
            table |= self._handlers(kind)
        table |= {path.replace("_", "/"): handler for path, handler in other.items()}
        self.mesh.network.join(self.post, table)

    def _handlers(self, kind: Kind) -> dict[str, Handler]:
        return {
            ANNOUNCE[kind.value].path: lambda incoming: self.publications.announced(kind, incoming),
            PULL[kind.value].path: lambda incoming: self.publications.pulled(kind, incoming),
            ACKNOWLEDGE[kind.value].path: lambda incoming: self.publications.acknowledged(kind, incoming),
        }

    def answer_pulls(self, change: Callable[[PullAnswer], PullAnswer]) -> None:
        """Answer pulls of the catalogue falsely from now on, until `join`."""

        async def pulled(incoming: Incoming[Any]) -> Answered:
            answer = change(await self.publications._offers.answer(CATALOGUE, incoming.message))
            return await self.exchange.poll(incoming, PULL["catalogue"].path, lambda _: answer)

        self.join(Catalogue_Pull=pulled)

    async def publish(self, entries: Iterable[Entry], kind: Kind = CATALOGUE) -> int:
        return await self.publications.publish(kind, entries)

    async def pull(self, publisher: str) -> None:
        await self.publications._pull(CATALOGUE, publisher)

    async def announce(self, peer: str) -> None:
        await self.publications._announce(CATALOGUE, peer)

    def mark(self, publisher: str = "", kind: Kind = CATALOGUE) -> Mark:
        """The version held of a publisher's list; of the own one without an argument."""
        stored = self.store.read.publications.latest(kind, publisher or self.code)
        return Mark(version=stored.version, digest=stored.digest) if stored else Mark()

    def head(self, version: int = 0, kind: Kind = CATALOGUE) -> SignedHead:
        """The signed head of an own version; of the newest without an argument."""
        publications = self.store.read.publications
        stored = publications.at(kind, self.code, version or self.mark(kind=kind).version)
        assert stored is not None
        return from_document(stored.document, kind.value)

    def held(self, publisher: str = "", kind: Kind = CATALOGUE) -> list[Entry]:
        """The entries held of a publisher's list, in order."""
        code = publisher or self.code
        page = self.store.read.publications.page(kind, code, self.mark(code, kind).version, None, 200_000)
        return [json.loads(one.body) for one in page]

    def ids(self, publisher: str = "", kind: Kind = CATALOGUE) -> list[str]:
        return [one["type_code"] for one in self.held(publisher, kind)]

    def receipt(self, peer: str, kind: Kind = CATALOGUE) -> tuple[int, str] | None:
        """The version and the refusal of a peer's receipt for an own list."""
        receipts = self.store.read.publications.receipts(kind)
        return next(((one.version, one.refusal) for one in receipts if one.peer == peer), None)

    def entries(self, **members: Any) -> list[dict[str, Any]]:
        """The evidence entries that have these members."""
        every = [json.loads(one.entry) for one in self.store.read.evidence.entries(0, 10_000)]
        return [one for one in every if members.items() <= one.items()]


class Provinces:
    """A mesh of provinces with empty lists."""

    def __init__(self, folder: Path, codes: Iterable[str] = CODES) -> None:
        """Start them all."""
        self.clock, self.network, self.traffic, self.folder = Clock(), LocalNetwork(), Traffic(), folder
        self.identities = make_identities(codes)
        self.directory = Directory(make_membership(self.identities))
        self.all = {code: Province(one, self, folder / "nodes") for code, one in self.identities.items()}

    def __getitem__(self, code: str) -> Province:
        return self.all[code]

    def twin(self, code: str) -> Province:
        """Another node with a province's keys and an empty store, which answers in its place from now on."""
        return Province(self.identities[code], self, self.folder / "twins")

    async def sync(self) -> None:
        """Every province exchanges publications with every other."""
        for one in self.all.values():
            await self.sync_one(one)

    async def sync_one(self, one: Province) -> None:
        for code in self.all:
            if code != one.code:
                await one.publications.exchange_with(code)

    def paths(self, before: int, sender: str) -> list[str]:
        """The paths of the calls that a province tried since."""
        return [call.path for call in self.network.calls[before:] if call.sender == sender]

    async def call(self, sender: str, receiver: str, path: str, message: Any) -> Any:
        """One call with any message."""
        post = self[sender].post
        method = next(one for table in (ANNOUNCE, PULL, ACKNOWLEDGE) for one in table.values() if one.path == path)
        draft = post.draft_request(message, recipients=(receiver,), exchange_id=self[sender]._new_id())
        return (await self.network.peers_of(sender).ask(receiver, method, draft, post.sign(draft), 1.0)).message

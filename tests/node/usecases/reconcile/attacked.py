"""Provinces over SQLite files that ask each other, and what an operator can do to a database. Nothing here is a test."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from federation.directory import Directory
from federation.methods import CONSISTENCY, HOLDER_CHECK, RECONCILE
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder import HolderCheck, HolderChecked
from federation.model.reconcile import Finding
from federation.ports import Draft, Incoming, Recorded, Reply
from federation.post import Post
from federation.testing import Handler, LocalNetwork
from node.exhibits import Exhibits
from node.ports.counterparts import counterparts
from node.ports.store import Nouns, Store
from node.storage.sqlite import open_sqlite
from node.usecases.evidence import EvidenceProvider
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.heads import HeadKeeper
from node.usecases.reconcile.answering import ReconcileProvider
from node.usecases.reconcile.case import Tools
from node.usecases.reconcile.own_log import OwnLog
from node.usecases.reconcile.record import Clerk
from node.usecases.reconcile.rounds import Reconciler
from node.usecases.record import Recorder, answer_members
from node.vault import Vault
from tests.node.usecases.mesh import FINGERPRINT, Clock, _members
from trust import canonical
from trust.checkpoint import Checkpoint, evidence_log, sign_note, verify_note
from trust.heads import Heads
from trust.merkle import HASH_BYTES, Frontier, leaf_hash

_TRIGGERS = ("evidence_not_changed", "evidence_not_deleted", "head_never_back")
GRACE = timedelta(minutes=90)


@dataclass(kw_only=True)
class Node:
    """One province: exchanges, watches, reconciles and verifies itself, over one database file."""

    code: str
    file: Path
    network: LocalNetwork
    clock: Clock
    forks: list[str] = field(default_factory=list)
    store: Store = field(init=False)

    async def open(self) -> "Node":
        """Open the file, and answer the others."""
        identity = _members()[0][self.code]
        self.sign = partial(_signed, self.code)
        self.store = await open_sqlite(self.file, sign_checkpoint=self.sign)
        self.heads, self.recorder = Heads(), Recorder(self.code, self.clock)
        self.post = Post(
            identity,
            Directory(_members()[1]),
            clock=self.clock,
            monotonic=time.monotonic,
            prove_entry=self.store.prove,
            heads=self.heads,
        )
        self.peers = self.network.peers_of(self.code)
        vault = Vault(self.code.encode().ljust(32, b"v"), FINGERPRINT)
        self.exchange = Exchange(
            store=self.store, mail=self.post, vault=vault, recorder=self.recorder, clock=self.clock
        )
        self._wire()
        return self

    def _wire(self) -> None:
        clerk = Clerk(self.recorder, self._new_id, lambda _: None)
        self.keeper = HeadKeeper(
            heads=self.heads,
            store=self.store,
            mail=self.post,
            peers=self.peers,
            exhibits=Exhibits(folder=self.file.parent / "exhibits"),
            recorder=self.recorder,
            new_id=self._new_id,
            forked=self.forks.append,
        )
        self.reconciler = Reconciler(
            Tools(
                province=self.code,
                store=self.store,
                mail=self.post,
                peers=self.peers,
                reader=self.post,
                clerk=clerk,
                new_id=self._new_id,
                random=Random(7),
            )
        )
        opened = partial(verify_note, name=evidence_log(self.code), public_key=_key(self.code))
        self.own_log = OwnLog(province=self.code, store=self.store, open_note=opened, clerk=clerk)
        provider = ReconcileProvider(
            province=self.code, store=self.store, exchange=self.exchange, reader=self.post, clerk=clerk
        )
        evidence = EvidenceProvider(store=self.store, exchange=self.exchange)
        handlers: dict[str, Handler] = {
            HOLDER_CHECK.path: self._answer,
            CONSISTENCY.path: evidence.consistency,
            RECONCILE.path: provider.reconcile,
        }
        self.network.join(self.post, handlers)

    def _new_id(self) -> str:
        return f"{self.code}-{time.monotonic_ns()}"

    async def _answer(self, incoming: Incoming[HolderCheck]) -> Answered:
        told = HolderChecked(handle=f"h{incoming.exchange_id:>042}", expires_at=self.clock())
        decided: Decision[HolderChecked] = Decision(answer=told, event=EventType.HOLDER)
        return await self.exchange.answer(incoming, HOLDER_CHECK.path, lambda _: decided)

    async def ask(self, peer: str, exchange_id: str) -> None:
        """One exchange: asked, answered and received on record, with the proofs kept."""
        question = HolderCheck(holder=Holder(name="n", code="c", type_code="111"), app_id="a")
        draft = self.post.draft_request(question, recipients=(peer,), exchange_id=exchange_id)
        request = await self.store.transact(partial(self._asked, draft, peer))
        envelope = await self.post.prove(request)
        reply: Reply[HolderChecked] = await self.peers.ask(peer, HOLDER_CHECK, draft, envelope, 5.0)
        await self.store.transact(partial(self._received, exchange_id, peer, reply))

    def _asked(self, draft: Draft, peer: str, nouns: Nouns) -> Recorded:
        return self.recorder.sent(nouns, draft, EventType.HOLDER, "asked", {"peers": [peer]})

    def _received(self, exchange_id: str, peer: str, reply: Reply[Any], nouns: Nouns) -> None:
        self.recorder.keep_answered(nouns, exchange_id, {peer: reply})
        members = {"peer": peer, **answer_members(reply)}
        nouns.evidence.append(self.recorder.entry(EventType.HOLDER, "minted", exchange_id, **members))

    def named(self) -> set[str]:
        """The exchanges that are named missing, with the finding: those only the forked head spoils are left out."""
        every = self.store.read.reconciliations.missing(None, 100)
        return {one.exchange for one in every if one.finding is not Finding.UNPROVEN}

    def doubted(self) -> set[str]:
        """All exchanges that are named, also those of which the peer shows nothing to be believed."""
        return {one.exchange for one in self.store.read.reconciliations.missing(None, 100)}


def _signed(code: str, size: int, root: bytes) -> bytes:
    identity = _members()[0][code]
    checkpoint = Checkpoint(origin=evidence_log(code), size=size, root=root)
    return sign_note(checkpoint, identity.signing_certificate.public_key, identity.signing_key.sign)


def _key(code: str) -> Any:
    return _members()[0][code].signing_certificate.public_key


def laid_open(file: Path) -> sqlite3.Connection:
    """The database without what guards it; commits by itself."""
    db = sqlite3.connect(file, isolation_level=None)
    for name in _TRIGGERS:
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
    return db


def entries_of(db: sqlite3.Connection) -> list[dict[str, Any]]:
    return [json.loads(entry) for (entry,) in db.execute("SELECT entry FROM evidence ORDER BY idx")]


def place_of(db: sqlite3.Connection, exchange: str) -> int:
    """Where the answer to an exchange stands."""
    every = enumerate(entries_of(db))
    return next(at for at, one in every if one["exchange"] == exchange and one["step"] == "answered")


def remade(file: Path, code: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """The whole log made anew: tree, head, index, and a checkpoint signed with the province's own key."""
    frontier = Frontier()
    with closing(laid_open(file)) as db:
        for table in ("evidence", "checkpoint", "counterpart"):
            db.execute(f"DELETE FROM {table}")
        for index, entry in enumerate(entries):
            data = canonical.dumps(entry)
            hashes = b"".join(frontier.append(leaf_hash(data)))
            of_peer = int(entry.get("step") == "answered" and "request" in entry)
            row = (index, entry.get("exchange"), of_peer, data, hashes)
            db.execute("INSERT INTO evidence (idx, exchange, of_peer, entry, hashes) VALUES (?, ?, ?, ?, ?)", row)
            for peer, element in counterparts(entry):
                db.execute("INSERT OR IGNORE INTO counterpart VALUES (?, ?, ?, ?)", (peer, *element, index))
        size, root = frontier.size, frontier.root()
        db.execute("UPDATE head SET size = ?, root = ?", (size, root))
        db.execute("INSERT INTO checkpoint VALUES (?, ?)", (size, _signed(code, size, root)))


Attack = Callable[[Path, str, str], None]
"""What is done to the file of a province (its code) about one exchange."""


def deletes(file: Path, code: str, exchange: str) -> None:
    """One row out of the log and the index, and nothing else."""
    with closing(laid_open(file)) as db:
        at = place_of(db, exchange)
        db.execute("DELETE FROM evidence WHERE idx = ?", (at,))
        db.execute("DELETE FROM counterpart WHERE idx = ?", (at,))


def alters(file: Path, code: str, exchange: str) -> None:
    """One entry says something else; its hash is as it was."""
    with closing(laid_open(file)) as db:
        at = place_of(db, exchange)
        entry = {**entries_of(db)[at], "outcome": "DENIED"}
        db.execute("UPDATE evidence SET entry = ? WHERE idx = ?", (canonical.dumps(entry), at))


def alters_with_its_hash(file: Path, code: str, exchange: str) -> None:
    """One entry says something else, and so does its hash."""
    with closing(laid_open(file)) as db:
        at = place_of(db, exchange)
        data = canonical.dumps({**entries_of(db)[at], "outcome": "DENIED"})
        (hashes,) = db.execute("SELECT hashes FROM evidence WHERE idx = ?", (at,)).fetchone()
        row = (data, leaf_hash(data) + hashes[HASH_BYTES:], at)
        db.execute("UPDATE evidence SET entry = ?, hashes = ? WHERE idx = ?", row)


def reorders(file: Path, code: str, exchange: str) -> None:
    """Two entries change places."""
    with closing(laid_open(file)) as db:
        at = place_of(db, exchange)
        rows = db.execute("SELECT entry FROM evidence WHERE idx IN (?, ?) ORDER BY idx", (at, at + 1)).fetchall()
        for place, (entry,) in zip((at + 1, at), rows, strict=True):
            db.execute("UPDATE evidence SET entry = ? WHERE idx = ?", (entry, place))


def _without(file: Path, code: str, keep: Callable[[int, Mapping[str, Any]], bool]) -> None:
    with closing(laid_open(file)) as db:
        entries = entries_of(db)
    remade(file, code, [one for at, one in enumerate(entries) if keep(at, one)])


def deletes_and_signs_anew(file: Path, code: str, exchange: str) -> None:
    _without(file, code, lambda _, one: one["exchange"] != exchange)


def truncates(file: Path, code: str, exchange: str) -> None:
    """Everything from the exchange on is cut off, and what is left is signed."""
    with closing(laid_open(file)) as db:
        end = place_of(db, exchange)
    _without(file, code, lambda at, _: at < end)


def reorders_and_signs_anew(file: Path, code: str, exchange: str) -> None:
    with closing(laid_open(file)) as db:
        entries, at = entries_of(db), place_of(db, exchange)
    remade(file, code, [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]])


def alters_and_signs_anew(file: Path, code: str, exchange: str) -> None:
    with closing(laid_open(file)) as db:
        entries, at = entries_of(db), place_of(db, exchange)
    remade(file, code, [*entries[:at], {**entries[at], "outcome": "DENIED"}, *entries[at + 1 :]])


def writes_over(file: Path, code: str, exchange: str) -> None:
    """One entry is no text any more."""
    with closing(laid_open(file)) as db:
        db.execute("UPDATE evidence SET entry = ? WHERE idx = ?", (b"\xff garbage", place_of(db, exchange)))


def adds_to_the_index(file: Path, code: str, exchange: str) -> None:
    """A row that no entry stands behind, in both provinces' time."""
    with closing(laid_open(file)) as db:
        db.execute("INSERT INTO counterpart SELECT peer, issued, zeroblob(32), 1000000 FROM counterpart LIMIT 1")


def strikes_out_of_the_index(file: Path, code: str, exchange: str) -> None:
    with closing(laid_open(file)) as db:
        db.execute("DELETE FROM counterpart WHERE idx = ?", (place_of(db, exchange),))

"""Watching the peers' logs: what is known of their heads survives a restart, grows only, and a fork is kept as a file. DESIGN §2.7, §7.

`trust.heads` sees every head that a message carries. This use-case is told of forks, stores what has grown (`save`, about once a second,
so that no message costs a write), and has each peer show that its newest head extends the linked one (`link`, at every sync interval).

A crash loses the heads of the last second. Every message under them was verified and is on record with its digest, and its sender holds
the entry; what is lost is only the means to notice, without asking anyone, that the peer signs other heads of those very sizes. The next
head has to extend the linked one, which is older and stored, all the same, and the other members hold their own.
"""

import asyncio
from collections.abc import Callable

from federation.errors import PeerError
from federation.methods import CONSISTENCY
from federation.model.evidence import ConsistencyAnswer, ConsistencyRequest
from federation.model.refusal import Reason
from federation.ports import Mail, Peers, Reply
from node.exhibits import Exhibits
from node.ports.heads import HeadRole, StoredHead
from node.ports.store import Nouns, Store
from node.usecases.log_alarms import LogAlarms
from node.usecases.record import Recorder
from trust.errors import EvidenceError
from trust.fork import Exhibit
from trust.heads import Heads, SeenHead
from trust.merkle import as_rfc9162, claimed_root, verify_consistency

CALL_TIMEOUT_S = 10.0


class HeadKeeper:
    """Keeps the heads of all peers. Implements `federation.ports.LogWitness`. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        heads: Heads,
        store: Store,
        mail: Mail,
        peers: Peers,
        exhibits: Exhibits,
        recorder: Recorder,
        new_id: Callable[[], str],
        forked: Callable[[str], None],
    ) -> None:
        """Take up the heads in the store, and watch `heads` from here on; `forked` counts alarms by province."""
        self._heads = heads
        self._store = store
        self._mail = mail
        self._peers = peers
        self._own = recorder.province
        self._new_id = new_id
        self.alarms = LogAlarms(exhibits=exhibits, recorder=recorder, new_id=new_id, counted=forked)
        self._saved: dict[tuple[str, HeadRole], int] = {}
        self._saving = asyncio.Lock()
        self._load()
        heads.watch(self.alarms.further)

    def _load(self) -> None:
        for one in self._store.read.heads.all():
            if one.province == self._own:  # what this node lost itself: `usecases.own_log`
                continue
            head = SeenHead(size=one.size, root=one.root, note=one.note)
            self._heads.take(one.province, head)
            if one.role is HeadRole.LINKED:
                self._heads.link(one.province, head)
            self._saved[one.province, one.role] = one.size

    async def save(self, provinces: tuple[str, ...]) -> None:
        """Store the heads of these peers that have grown, and put on record what forked since the last time.

        Raises:
            StoreError: nothing was stored; it is tried again the next time.
        """
        async with self._saving:
            await self._save(provinces)

    async def _save(self, provinces: tuple[str, ...]) -> None:
        grown = [one for province in provinces for one in self._grown(province)]
        entries = self.alarms.waiting()
        if not grown and not entries:
            return

        def unit(nouns: Nouns) -> None:
            for head in grown:
                nouns.heads.advance(head, above=self._saved.get((head.province, head.role), 0))
            for entry in entries:
                nouns.evidence.append(entry)

        await self._store.transact(unit)
        self._saved |= {(head.province, head.role): head.size for head in grown}
        self.alarms.recorded(entries)

    def _grown(self, province: str) -> list[StoredHead]:
        known = {HeadRole.NEWEST: self._heads.newest(province), HeadRole.LINKED: self._heads.linked(province)}
        return [
            StoredHead(province=province, role=role, size=head.size, root=head.root, note=head.note)
            for role, head in known.items()
            if head is not None and head.size > self._saved.get((province, role), 0)
        ]

    async def forget(self, province: str, counts: Callable[[bytes], bool]) -> None:
        """Drop every head of a log whose note does not count (its key was disowned), from memory and store.

        `counts` is called in a thread. This node's own log: the head that it was told it lost.

        Raises:
            StoreError: the store keeps them; call it again.
        """
        async with self._saving:
            stored = [one for one in self._store.read.heads.all() if one.province == province]
            given = self._store.read.cosignatures.given(province)
            seen = {*self._heads.notes(province), *(one.note for one in stored), *([given.note] if given else [])}
            gone = await asyncio.to_thread(lambda: frozenset(note for note in seen if not counts(note)))
            self._heads.forget(province, gone)

            def unit(nouns: Nouns) -> None:
                for one in stored:
                    if one.note in gone:
                        nouns.heads.drop(one)
                if given is not None and given.note in gone:
                    nouns.cosignatures.take_back(given)

            await self._store.transact(unit)
            for one in stored:
                if one.note in gone:
                    self._saved.pop((province, one.role), None)

    async def link(self, peer: str) -> None:
        """Have the peer show that its newest head extends the linked one, and that one of the other heads seen is part of it.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        newest = self._heads.newest(peer)
        if newest is None or newest.size == 0:
            return
        if self._heads.linked(peer) is None:
            self._heads.link(peer, newest)
        doubted = self._heads.doubted(peer)
        if doubted is not None:
            old, new = sorted(doubted, key=lambda one: one.size)
            self.judge(peer, old, new, await self._proof(peer, old, new))
        await self._compare(peer, self._heads.stray(peer))
        await self._compare(peer, newest)

    async def _compare(self, peer: str, head: SeenHead | None) -> None:
        """Ask for the proof that joins a head and the linked one."""
        linked = self._heads.linked(peer)
        if head is None or linked is None or head.size in {0, linked.size}:
            return
        old, new = sorted((linked, head), key=lambda one: one.size)
        self.judge(peer, old, new, await self._proof(peer, old, new))

    async def _proof(self, peer: str, old: SeenHead, new: SeenHead) -> tuple[bytes, ...]:
        """What the peer shows for these two; nothing, where it says that it does not have them: it signed both."""
        request = ConsistencyRequest(old=old.size, new=new.size, whole=True)
        draft = self._mail.draft_request(request, recipients=(peer,), exchange_id=self._new_id())
        envelope = self._mail.sign(draft)
        try:
            reply: Reply[ConsistencyAnswer] = await self._peers.ask(peer, CONSISTENCY, draft, envelope, CALL_TIMEOUT_S)
        except PeerError as error:
            if error.refusal.reason is not Reason.BAD_PARAMETER:
                raise
            return ()
        return reply.message.proof

    def judge(self, peer: str, one: SeenHead, other: SeenHead, path: tuple[bytes, ...]) -> bool:
        """Link the newer head where the proof holds; otherwise believe no head until these two fit, and keep both with the proof.

        Says whether it holds. One of the two is linked or was seen, so that the other is what is in question.
        """
        old, new = sorted((one, other), key=lambda head: head.size)
        plain = as_rfc9162(old=old.size, old_root=old.root, path=path)
        try:
            verify_consistency(old=old.size, new=new.size, old_root=old.root, new_root=new.root, path=plain)
        except EvidenceError:
            self.doubt(peer, old, new, path)
            return False
        self._heads.link(peer, new)
        if {one, other} == set(self._heads.doubted(peer) or ()):
            self._heads.settle(peer)
        return True

    def doubt(self, peer: str, old: SeenHead, new: SeenHead, path: tuple[bytes, ...]) -> None:
        """Two heads that the log did not show to fit: believe none until it does, and keep both with what it answered."""
        exhibit = Exhibit(province=peer, first=old.note, second=new.note, path=path)
        if not self._heads.suspended(peer):
            self._heads.suspend(peer, old, new)
            self.alarms.raised(exhibit)
        elif _convicts(old, new, path):  # what it shows later may, where its first answer did not
            self.alarms.further(exhibit)


def _convicts(old: SeenHead, new: SeenHead, path: tuple[bytes, ...]) -> bool:
    """Whether the log's own proof leads to another root than it signed."""
    try:
        claimed = claimed_root(old=old.size, new=new.size, new_root=new.root, path=path)
    except EvidenceError:
        return False
    return claimed not in {None, old.root}

"""The proofs of both sides' entries of a use: ours out of our log, the other side's by asking it, or as they came with its messages.

A proof is best under a head that others cosigned: then what it shows was seen before the key under it could be lost. So it is made under
the newest such head that covers the entry, and under the newest head where there is none.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from federation.errors import PeerError
from federation.methods import PROVE
from federation.model.evidence import ProveAnswer, ProveRequest
from federation.ports import Mail, Peers, Reply
from node.ports.store import Store
from node.usecases.proving.fewest import fewest
from node.usecases.proving.subject import Subject, entries_of, is_of_admission, is_of_use
from node.usecases.shown import cosigned_proof, seconders, strengthened
from trust.envelope import LogProof

_LOOK_S = 0.1
_ASK_AGAIN_S = 0.5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Gathers for one node. `timeout_s` bounds a question to the other side, `patience_s` the wait for others to cosign what is gathered.

    Whoever calls says until when (on the loop's clock) all of it has to be there: what others have not seen by then is shown as it is.

    `hurry` has the newest head offered to them now, if it may be.
    """

    province: str
    store: Store
    mail: Mail
    peers: Peers
    new_id: Callable[[], str]
    timeout_s: float
    patience_s: float = 0.0
    hurry: Callable[[], Awaitable[None]] | None = None
    quorum: Callable[[], int] = int
    """How many others membership asks for."""

    async def of(self, subject: Subject, until: float) -> dict[str, LogProof]:
        """The proofs by the name of their part, no more than a proof may hold.

        Raises:
            StoreError: this node cannot prove its own.
        """
        found: dict[str, LogProof] = {}
        own = sorted(self._own(subject))
        patient = self._patient(until)
        await self._witnessed(own[-1], patient)
        for index in own:
            found[_part(self.province, index)] = await cosigned_proof(self.store, index)
        peer = subject.peer_of(self.province)
        for exchange in (subject.exchange, subject.admission) if peer else ():
            for proof in await self._theirs(peer, exchange, patient, until) if exchange else ():
                if _wanted(json.loads(proof.entry), subject):
                    found[_part(peer, proof.index)] = proof
        return fewest(found, subject.exchange)

    async def proof(self, index: int, until: float) -> LogProof:
        """The proof of an own entry; where others cosign, it waits for them.

        Raises:
            StoreError: this node cannot prove it.
        """
        await self._witnessed(index, self._patient(until))
        return await cosigned_proof(self.store, index)

    async def _witnessed(self, index: int, until: float) -> None:
        """Wait until others have cosigned a head over an entry: not for ever, and only where any ever did."""
        nouns = self.store.read
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                # Cosignatures come in with calls to peers, and nothing here is told of them.
                while nouns.cosignatures.newest(least=1) and not self._seen(index):
                    if self.hurry is not None:
                        await self.hurry()
                    await asyncio.sleep(_LOOK_S)

    def _patient(self, until: float) -> float:
        """Until when to wait for others from now on."""
        return min(until, asyncio.get_running_loop().time() + self.patience_s)

    def _seen(self, index: int) -> bool:
        """Whether enough others have cosigned a head over an own entry."""
        head = self.store.read.cosignatures.newest(least=max(1, self.quorum()))
        return head is not None and head.size > index

    def _own(self, subject: Subject) -> Iterable[int]:
        """Where our entries stand."""
        nouns, of_peer = self.store.read, self.province != subject.consumer
        for exchange in (subject.exchange, subject.admission):
            for entry, members in entries_of(nouns, exchange, of_peer=of_peer) if exchange else ():
                if _wanted(members, subject):
                    yield entry.index

    async def _theirs(self, peer: str, exchange: str, patient: float, until: float) -> Iterable[LogProof]:
        """The other side's entries of an exchange: as they came, and as it shows them now, each under the head that most others cosigned.

        A proof that came and can be shown under a cosigned head needs nothing of the other side, whatever it says today. Where too few have
        seen what it shows it is asked again, for a while: being asked has it offer its head to them.
        """
        found = {one.index: one for one in self._kept(peer, exchange)}
        asked = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                asked = await self._better(found, peer, exchange)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(patient):
                while asked and min(seconders(one.checkpoint) for one in found.values()) < self.quorum():
                    await asyncio.sleep(_ASK_AGAIN_S)
                    asked = await self._better(found, peer, exchange)
        return found.values()

    async def _better(self, found: dict[int, LogProof], peer: str, exchange: str) -> bool:
        """Ask once, and keep what more others have seen than what was there; whether there was an answer."""
        shown = await self._asked(peer, exchange)
        for one in shown:
            if one.index not in found or seconders(one.checkpoint) > seconders(found[one.index].checkpoint):
                found[one.index] = one
        return bool(shown)

    async def _asked(self, peer: str, exchange: str) -> tuple[LogProof, ...]:
        """What the other side shows now; nothing where it cannot be asked."""
        draft = self.mail.draft_request(
            ProveRequest(exchange_id=exchange), recipients=(peer,), exchange_id=self.new_id()
        )
        try:
            reply: Reply[ProveAnswer] = await self.peers.ask(peer, PROVE, draft, self.mail.sign(draft), self.timeout_s)
        except PeerError as error:
            _log.info("proof.peer_not_asked", peer=peer, reason=error.refusal.reason.value)
            return ()
        note = reply.message.note.encode()
        return tuple(
            LogProof(entry=one.entry, index=one.index, path=one.proof, checkpoint=note) for one in reply.message.entries
        )

    def _kept(self, peer: str, exchange: str) -> Iterable[LogProof]:
        """The proofs that came with its messages, under the cosigned heads that links lead to (`usecases.shown`)."""
        receipts, links = self.store.read.receipts, self.store.read.head_links
        every = (*receipts.every(exchange), *receipts.every(exchange, of_peer=True))
        return (strengthened(links, peer, one.proof) for one in every if one.province == peer)


def _wanted(members: dict[str, Any], subject: Subject) -> bool:
    """Whether an entry belongs into the proof of a use."""
    if members.get("exchange") == subject.exchange:
        return is_of_use(members)
    return members.get("exchange") == subject.admission and is_of_admission(members, subject)


def _part(province: str, index: int) -> str:
    return f"log/{province}-{index}.tlog-proof"

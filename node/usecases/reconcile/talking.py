"""The questions of one comparison with one peer: signed messages in the order of the round, each answer checked for its shape."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from federation.methods import RECONCILE
from federation.model.reconcile import (
    Admitted,
    Claim,
    Element,
    Part,
    Range,
    ReconcileAnswer,
    ReconcileRequest,
)
from federation.ports import Mail, Peers, Reply
from node.usecases.reconcile.comparing import EndlessError

TIMEOUT_S = 30.0  # the peer may have to add up millions of digests
PER_MESSAGE = 32  # claims: each brings an entry and its path
T = TypeVar("T")


class Talk:
    """One peer, one round. Raises `PeerError` where it cannot be asked, `EndlessError` where its answers make no sense."""

    def __init__(self, mail: Mail, peers: Peers, peer: str, new_id: Callable[[], str]) -> None:
        """Every question is a message of its own."""
        self._mail = mail
        self._peers = peers
        self._peer = peer
        self._new_id = new_id

    async def describe(self, ranges: Sequence[Range]) -> Sequence[Sequence[Part]]:
        """The parts of ranges."""
        return _one_each(ranges, (await self._ask(ReconcileRequest(describe=tuple(ranges)))).descriptions)

    async def show(self, elements: Sequence[Element]) -> list[Claim | None]:
        """The peer's records of elements."""
        shown = list[Claim | None]()
        for batch in _batches(elements):
            answer = await self._ask(ReconcileRequest(show=tuple(batch)))
            shown += _one_each(batch, answer.shown)
        return shown

    async def claim(self, claims: Sequence[Claim]) -> list[str]:
        """What the peer finds to be the matter with what it lacks."""
        found = list[str]()
        for batch in _batches(claims):
            answer = await self._ask(ReconcileRequest(claims=tuple(batch)))
            found += _one_each(batch, answer.findings)
        return found

    async def admit(self, admitted: Sequence[Admitted]) -> None:
        """Tell the peer what this node lacks."""
        for batch in _batches(admitted):
            await self._ask(ReconcileRequest(admitted=tuple(batch)))

    async def _ask(self, request: ReconcileRequest) -> ReconcileAnswer:
        draft = self._mail.draft_request(request, recipients=(self._peer,), exchange_id=self._new_id())
        envelope = self._mail.sign(draft)
        reply: Reply[ReconcileAnswer] = await self._peers.ask(self._peer, RECONCILE, draft, envelope, TIMEOUT_S)
        return reply.message


def _batches(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[at : at + PER_MESSAGE] for at in range(0, len(items), PER_MESSAGE)]


def _one_each(asked: Sequence[object], told: Sequence[T]) -> Sequence[T]:
    if len(asked) != len(told):
        raise EndlessError("an answer that leaves something out")
    return told

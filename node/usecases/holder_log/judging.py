"""What a province's answer is worth: held against its own entry and its own log before any of it is shown. Clause 8.5, DESIGN §2.1, §4.

An answer that its own log does not bear out is no answer. Signed heads are opened on the event loop, which owns what is known of them; the
hashing that follows takes longer than the loop may be held, and is done in a thread.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from federation.directory import Peer
from federation.holder_uses import Claim, Head, OpenHead, check_listing
from federation.model.holder_uses import Asked, UsesAnswer
from federation.model.search import Outcome
from federation.ports import Reply
from trust.checkpoint import parse_note
from trust.errors import EvidenceError, UnknownSignerError
from trust.heads import Heads

_LISTED = frozenset({Outcome.OK, Outcome.EMPTY})
_AT_ONCE = 4  # heads opened before the loop is given up: each is one SM2 verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges the answers to the questions of `province`."""

    province: str
    open_head: OpenHead

    async def claims(
        self, code: str, reply: Reply[UsesAnswer], exchange_id: str, request: str, asked: Asked
    ) -> tuple[Claim, ...] | str:
        """The uses that an answer shows; a sentence where it is not to be believed."""
        answer = reply.message
        said = {} if reply.proof is None else json.loads(reply.proof.entry)
        about = (said.get("type"), said.get("step"), said.get("peer"), said.get("exchange"), said.get("request"))
        if about != ("DISCLOSE", "answered", self.province, exchange_id, request):
            return "the province's entry is of another answer than the one that came"
        if said.get("outcome") != answer.outcome or bool(answer.uses) != (answer.outcome is Outcome.OK):
            return f"the answer says {answer.outcome}, and the province's entry or its list says otherwise"
        if answer.outcome not in _LISTED:
            return ()
        heads = await self._heads(code, answer)
        try:
            return await asyncio.to_thread(check_listing, code, said, answer, asked, _opened(heads))
        except EvidenceError as error:
            return str(error)

    async def own(self, answer: UsesAnswer, asked: Asked, entry: Mapping[str, object]) -> tuple[Claim, ...]:
        """The uses that this node lists itself, by the same rules.

        Raises:
            EvidenceError: this node's index and its log say different things.
        """
        heads = await self._heads(self.province, answer)
        return await asyncio.to_thread(check_listing, self.province, entry, answer, asked, _opened(heads))

    async def _heads(self, code: str, answer: UsesAnswer) -> Mapping[tuple[str, bytes], Head | EvidenceError]:
        """Every head that the answer names, opened or why not."""
        notes = {(code, answer.checkpoint): None} if answer.uses else {}
        notes |= {(one.peer, one.counterpart.checkpoint): None for one in answer.uses if one.counterpart is not None}
        heads: dict[tuple[str, bytes], Head | EvidenceError] = {}
        for number, (province, note) in enumerate(notes):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                heads[province, note] = self.open_head(province, note)
            except EvidenceError as error:
                heads[province, note] = error
        return heads


def listed_head(me: str, heads: Heads, peers: Callable[[], Mapping[str, Peer]], province: str, note: bytes) -> Head:
    """The head that a note states, signed with a key that the membership lists; our own notes are our own word.

    What is seen of another's log here counts like what its messages carry: two heads that do not fit are a fork (`trust.heads`).

    Raises:
        EvidenceError: none of its keys has signed it, or it is no member.
    """
    if province == me:
        return parse_note(note).checkpoint
    peer = peers().get(province)
    for key in () if peer is None else peer.signing_keys.values():
        with contextlib.suppress(UnknownSignerError):
            return heads.open(province, note, key)
    raise EvidenceError(f"the checkpoint is not signed with a listed key of {province}")


def _opened(heads: Mapping[tuple[str, bytes], Head | EvidenceError]) -> Callable[[str, bytes], Head]:
    """Gives out what was opened before.

    Raises:
        EvidenceError: it does not open.
    """

    def open_head(province: str, note: bytes) -> Head:
        head = heads[province, note]
        if isinstance(head, EvidenceError):
            raise head
        return head

    return open_head

"""The home province's side of handles (证件号替代码): how they are made, and the answer to a peer that asks for one. C10-3, T3.

Nothing is looked up: neither answer nor time says whether the person has certificates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.methods import HOLDER_CHECK
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder import HolderCheck, HolderChecked
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.library.holder import HolderCodeError, check_holder_code, home_province
from node.ports.store import Nouns
from node.usecases.exchange import Answered, Decision, Exchange
from node.usecases.record import person, refusal_member
from node.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Mint:
    """Makes handles for holders of this province."""

    vault: Vault
    clock: Callable[[], datetime]
    lifetime: timedelta

    def mint(self, consumer: str, app_id: str, exchange_id: str, holder: Holder) -> HolderChecked:
        """A handle that nobody can guess or make the number of; a repeated exchange gets the same one."""
        parts = (consumer, app_id, exchange_id, holder.type_code, holder.code)
        return HolderChecked(handle=self.vault.digest("handle", *parts), expires_at=self.clock() + self.lifetime)


class HolderProvider:
    """The home province's side: answers HolderCheckRequest."""

    def __init__(self, *, province: str, exchange: Exchange, mint: Mint) -> None:
        """Mint with `mint`, record with `exchange`."""
        self._province = province
        self._exchange = exchange
        self._mint = mint

    async def check(self, incoming: Incoming[HolderCheck]) -> Answered:
        """Mint a handle for a holder of this province.

        Raises:
            RefusedError: replayed.
        """

        def decide(_: Nouns) -> Decision[HolderChecked]:
            answer, digest = self._answer(incoming)
            members = {"app": incoming.message.app_id, "holder": digest, "refusal": refusal_member(answer.refusal)}
            return Decision(answer=answer, event=EventType.HOLDER, members=members)

        return await self._exchange.answer(incoming, HOLDER_CHECK.path, decide)

    def _answer(self, incoming: Incoming[HolderCheck]) -> tuple[HolderChecked, str]:
        """The handle or a refusal, and the holder's digest for the entry."""
        asked, vault = incoming.message, self._mint.vault
        try:
            code = check_holder_code(asked.holder.type_code, asked.holder.code)
        except HolderCodeError as error:
            return self._refused(Reason.HOLDER_CODE_INVALID, str(error)), ""
        if home_province(asked.holder.type_code, code) != self._province:
            return self._refused(Reason.BAD_PARAMETER, "holder: not of this province"), ""
        holder = Holder(code=code, type_code=asked.holder.type_code)
        digest = person(vault, incoming.exchange_id, "holder", vault.holder_digest(holder.type_code, code))
        return self._mint.mint(incoming.sender, asked.app_id, incoming.exchange_id, holder), digest

    def _refused(self, reason: Reason, detail: str) -> HolderChecked:
        return HolderChecked(handle="", expires_at=self._mint.clock(), refusal=Refusal(reason=reason, detail=detail))

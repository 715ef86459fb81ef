"""Handles that stand for holders (证件号替代码): the number is checked once, and the line system goes on with the handle. C10-3, T3.

The home province of the holder mints it, so that it is on record there who asked; where that is no member or does not answer, this node
does, and says so. A handle is of one line system and ends; which holder it stands for only the node of that system knows, sealed. Nothing
is looked up: neither answer nor time says whether the person has certificates.
"""

import json
import re
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from federation.errors import PeerError
from federation.methods import HOLDER_CHECK
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder import HolderCheck, HolderChecked
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import RefusedError, refused
from node.library.holder import home_province
from node.ports.consenting import CheckedHolder
from node.ports.consents import StoredHandle
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.checks import normal_holder
from node.usecases.holder_mint import Mint
from node.usecases.on_record import on_record
from node.usecases.record import Recorder, answer_members, person, refusal_member

_HANDLE = re.compile(r"[0-9a-f]{32,64}")
_UNKNOWN = "certificateHolderHandle: none of yours in force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """Has holders stood for, for the line systems of this province. Implements `services.Holders`."""

    province: str
    store: Store
    mail: Mail
    peers: Peers
    mint: Mint
    recorder: Recorder
    members: Callable[[], Collection[str]]
    new_id: Callable[[], str]
    timeout_s: float

    async def check(self, caller: Caller, holder: Holder) -> CheckedHolder:
        """Check a holder's number by its own rules, and have the home province mint a handle.

        Raises:
            RefusedError: HOLDER_CODE_INVALID, here or at the home province.
        """
        exchange_id = self.new_id()
        async with self._on_record(caller, exchange_id):
            normal = normal_holder(holder)
        home = home_province(normal.type_code, normal.code) or ""
        if home == self.province or home not in self.members():
            outcome = Outcome.OK if home == self.province else Outcome.SKIPPED
            return await self._minted_here(caller, normal, exchange_id, home, outcome, None)
        request = await self.store.transact(partial(self._record_asked, caller, normal, exchange_id, home))
        try:
            envelope = await self.mail.prove(request)
            reply: Reply[HolderChecked] = await self.peers.ask(
                home, HOLDER_CHECK, request.draft, envelope, self.timeout_s
            )
        except PeerError as error:
            silent = error.refusal.reason is Reason.PEER_TIMEOUT
            outcome = Outcome.TIMEOUT if silent else Outcome.ERROR
            return await self._minted_here(caller, normal, exchange_id, home, outcome, error.refusal)
        return await self._minted_at_home(caller, normal, exchange_id, home, reply)

    def _on_record(self, caller: Caller, exchange_id: str) -> AbstractAsyncContextManager[None]:
        return on_record(self.store, self.recorder, EventType.HOLDER, exchange_id, app=caller.app_id)

    async def holder(self, caller: Caller, handle: str) -> Holder:
        """The holder that a handle of this line system stands for.

        Raises:
            RefusedError: HANDLE_UNKNOWN: none, another system's, or ended; which of them is not said; on record.
        """
        held = self.store.read.handles.get(handle)
        if held is None or held.app_id != caller.app_id or held.expires_at < self.mint.clock():
            async with self._on_record(caller, self.new_id()):
                raise RefusedError(Reason.HANDLE_UNKNOWN, _UNKNOWN)
        return Holder(**json.loads(self.mint.vault.open(held.sealed, _label(handle))))

    def _record_asked(self, caller: Caller, holder: Holder, exchange_id: str, home: str, nouns: Nouns) -> Recorded:
        draft = self.mail.draft_request(
            HolderCheck(holder=holder, app_id=caller.app_id), recipients=(home,), exchange_id=exchange_id
        )
        members = {"peers": [home], "app": caller.app_id, **self._person(exchange_id, holder)}
        return self.recorder.sent(nouns, draft, EventType.HOLDER, "asked", members)

    async def _minted_here(
        self,
        caller: Caller,
        holder: Holder,
        exchange_id: str,
        home: str,
        outcome: Outcome,
        refusal: Refusal | None,
    ) -> CheckedHolder:
        """This node's own handle: of its own holder, or in the place of a home that does not answer."""
        made = self.mint.mint(self.province, caller.app_id, exchange_id, holder)
        told = CheckedHolder(
            handle=made.handle,
            expires_at=made.expires_at,
            minted_by=self.province,
            home=home,
            outcome=outcome.value,
            refusal=refusal,
            exchange_id=exchange_id,
        )
        await self.store.transact(partial(self._keep, caller, holder, told, {}))
        return told

    async def _minted_at_home(
        self, caller: Caller, holder: Holder, exchange_id: str, home: str, reply: Reply[HolderChecked]
    ) -> CheckedHolder:
        """Keep the handle that the home province minted, no longer than this node lets one stand; one that it gave before is no answer.

        Raises:
            RefusedError: the home province refused, or its handle is none.
        """
        said = reply.message
        refusal = said.refusal
        if refusal is None and not _HANDLE.fullmatch(said.handle):
            refusal = Refusal(reason=Reason.PEER_ERROR, detail="the handle is none", by=home)
        if refusal is not None:
            entry = self._unusable(home, exchange_id, reply, refusal)
            await self.store.transact(lambda nouns: self._put(nouns, home, reply, entry))
            raise refused(refusal, exchange_id)
        told = CheckedHolder(
            handle=said.handle,
            expires_at=min(said.expires_at, self.mint.clock() + self.mint.lifetime),
            minted_by=home,
            home=home,
            outcome=Outcome.OK.value,
            exchange_id=exchange_id,
        )
        taken = Refusal(reason=Reason.PEER_ERROR, detail="the handle stands for another", by=home)
        entry = self._unusable(home, exchange_id, reply, taken)

        def unit(nouns: Nouns) -> bool:
            free = nouns.handles.get(told.handle) is None
            if free:
                self.recorder.keep_answered(nouns, exchange_id, {home: reply})
                self._keep(caller, holder, told, {"peer": home, **answer_members(reply)}, nouns)
            else:
                self._put(nouns, home, reply, entry)
            return free

        if await self.store.transact(unit):
            return told
        return await self._minted_here(caller, holder, exchange_id, home, Outcome.ERROR, taken)

    def _put(self, nouns: Nouns, home: str, reply: Reply[HolderChecked], entry: dict[str, Any]) -> None:
        """An entry of an answer, with the proof it came under."""
        self.recorder.keep_answered(nouns, entry["exchange"], {home: reply})
        nouns.evidence.append(entry)

    def _unusable(self, home: str, exchange_id: str, reply: Reply[HolderChecked], refusal: Refusal) -> dict[str, Any]:
        """The entry of an answer that brought no handle."""
        return self.recorder.entry(
            EventType.HOLDER,
            "refused",
            exchange_id,
            peer=home,
            peers=[home],
            **answer_members(reply),
            refusal=refusal_member(refusal),
        )

    def _keep(self, caller: Caller, holder: Holder, told: CheckedHolder, answer: dict[str, Any], nouns: Nouns) -> None:
        plain = json.dumps({"code": holder.code, "type_code": holder.type_code, "name": holder.name}).encode()
        nouns.handles.put(
            StoredHandle(
                handle=told.handle,
                app_id=caller.app_id,
                minted_by=told.minted_by,
                sealed=self.mint.vault.seal(plain, _label(told.handle)),
                expires_at=told.expires_at,
            )
        )
        nouns.evidence.append(
            self.recorder.entry(
                EventType.HOLDER,
                "minted",
                told.exchange_id,
                app=caller.app_id,
                minted_by=told.minted_by,
                home=told.home,
                outcome=told.outcome,
                refusal=refusal_member(told.refusal),
                **answer,
                **self._person(told.exchange_id, holder),
            )
        )

    def _person(self, exchange_id: str, holder: Holder) -> dict[str, str]:
        digest = self.mint.vault.holder_digest(holder.type_code, holder.code)
        return {"holder": person(self.mint.vault, exchange_id, "holder", digest)}


def _label(handle: str) -> bytes:
    return b"handle\x1f" + handle.encode()

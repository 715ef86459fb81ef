"""Verification of certificate data at the consumer: the province that holds the certificate is asked, on record. REQUIREMENTS S8.

Where the caller does not say which province, and several admit the application, a search under the application finds it; a certificate
that all of them deny having is no such certificate, and silence is never taken for that (DESIGN §2.3).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from federation.errors import PeerError
from federation.methods import VERIFY
from federation.model.application import Output, Result
from federation.model.evidence import EventType
from federation.model.info_verification import InfoAnswer, InfoQuery, InfoResult
from federation.model.refusal import Reason, Refusal
from federation.ports import Mail, Peers, Recorded, Reply
from node.errors import RefusedError, refused
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.ports.verifying import InfoForm, VerifiedInfo
from node.usecases.admission.checks import normal_holder
from node.usecases.admission.limits import Side
from node.usecases.applying.seal import open_application
from node.usecases.holder_log.consumer import WishLog
from node.usecases.line_statistics import RETRIEVE, Tally
from node.usecases.presented.info_provider import InfoVerifier
from node.usecases.record import Recorder, answer_members, refusal_member
from node.usecases.retrieval.naming import Naming
from node.usecases.retrieval.wish import REPLAYED, Wish, Wishes

DISPUTED = "；该证照有异议正在核查"
MESSAGES = {
    InfoResult.VALID: "信息正确，证照有效",
    InfoResult.NOT_ACTIVE: "信息正确，证照未激活",
    InfoResult.SUSPENDED: "信息正确，证照暂时失效",
    InfoResult.NO_LONGER_VALID: "信息正确，证照已失效",
    InfoResult.AMBIGUOUS: "信息不全或不唯一，无法判定",
    InfoResult.NO_SUCH: "无此证照",
    InfoResult.MISMATCH: "信息不正确",
    InfoResult.PARTLY_WRONG: "部分信息不正确",
}

_OF_NONE = frozenset({InfoResult.AMBIGUOUS, InfoResult.NO_SUCH})  # of no certificate, so it is no use of one


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoVerification:
    """Implements `services.InfoVerification`."""

    province: str
    store: Store
    mail: Mail
    peers: Peers
    wishes: Wishes
    naming: Naming
    verifier: InfoVerifier
    recorder: Recorder
    tally: Tally
    wish_log: WishLog
    timeout_s: float
    holder_digest: Callable[[str, str], str]
    """This node's keyed digest of a holder, by type and code."""

    may_hold: Callable[[str, str], Sequence[str]]
    """The members where a certificate of a type may be, by line and type: `Asking.may_hold`."""

    async def verify_info(self, caller: Caller, form: InfoForm) -> VerifiedInfo:
        """Have what was presented compared with what was issued.

        Raises:
            RefusedError: not the application's holder, no province to ask, refused, or silence; on record.
        """
        await self._check_holder(caller, form)
        wish = await self._wish(caller, form)
        if isinstance(wish, str):
            return _verified(wish, "", InfoResult.NO_SUCH)
        query = _query(wish, form)
        if wish.province == self.province:
            return await self._own(wish, query)
        request = await self._asked(wish, query)
        try:
            reply: Reply[InfoAnswer] = await self.peers.ask(
                wish.province, VERIFY, request.draft, await self.mail.prove(request), self.timeout_s
            )
        except PeerError as error:
            raise await self._refused(wish, error.refusal) from error
        if reply.message.refusal is not None:
            raise await self._refused(wish, replace(reply.message.refusal, by=wish.province), reply)
        await self._received(wish, reply)
        return _verified(wish.exchange_id, wish.province, reply.message.result, disputed=reply.message.disputed)

    async def _check_holder(self, caller: Caller, form: InfoForm) -> None:
        """What is presented is said of the application's holder; of anybody else it would be another application."""
        own = self.store.read.applications.own(form.apply_id)
        if own is None or own.app_id != caller.app_id:
            return  # the wish will be refused, on record
        try:
            holder = normal_holder(form.holder)
        except RefusedError as error:
            refusal = error.refusal
        else:
            if self.holder_digest(holder.type_code, holder.code) == own.holder_digest:
                return
            detail = "certData.holderCode: not the holder of the application"
            refusal = Refusal(reason=Reason.MATTER_MISMATCH, detail=detail)
        exchange_id = self.wishes.exchange_id(caller, self._wanted(form), Output.VERIFY)
        members = {"app": caller.app_id, "output": Output.VERIFY.value, "refusal": refusal_member(refusal)}
        entry = self.recorder.entry(EventType.RETRIEVE, "refused", exchange_id, **members)
        await self.store.transact(lambda nouns: nouns.evidence.append(entry))
        raise refused(refusal, exchange_id)

    async def _wish(self, caller: Caller, form: InfoForm) -> Wish | str:
        """The checked wish; the id of the search by which it was found that there is no such certificate."""
        wanted, found = replace(self._wanted(form), province=form.province or self._only(form)), None
        if not wanted.province and not wanted.identifier:
            try:
                found = await self.naming.identified(caller, wanted)
            except RefusedError as error:
                if error.refusal.reason is Reason.NO_RECORD:
                    return error.exchange_id
                raise
        return await self.wishes.check(caller, wanted, Output.VERIFY, found)

    def _wanted(self, form: InfoForm) -> RetrieveForm:
        return RetrieveForm(apply_id=form.apply_id, identifier=form.identifier, named=form.named, key=form.key)

    def _only(self, form: InfoForm) -> str:
        """The one province where it may be, if it admits the application; "" where there are more, or the certificate names one.

        More also where the others were silent or refused: what they hold is not known.
        """
        own = self.store.read.applications.own(form.apply_id)
        if form.identifier or own is None or not own.sealed:
            return ""
        received = self.store.read.applications.received(form.apply_id)
        admit = [one.provider for one in received if one.result == Result.PASS and form.type_code in one.type_codes]
        use_list_id = open_application(self.wishes.vault, own).use_list_id
        return admit[0] if len(admit) == 1 and set(self.may_hold(use_list_id, form.type_code)) <= set(admit) else ""

    async def _own(self, wish: Wish, query: InfoQuery) -> VerifiedInfo:
        """This province's own certificates, by the same rules and without a message; other claims under one key are no repeat."""
        intent = self.wishes.vault.digest("intent", self.mail.encode(query).body.hex())

        def unit(nouns: Nouns) -> InfoAnswer:
            entries = [json.loads(one.entry) for one in nouns.evidence.of_exchange(wish.exchange_id)]
            before = next((one for one in entries if one["step"] == "own" and "result" in one), None)
            other = before is not None and before["intent"] != intent
            refusal = wish.begin(nouns) or (REPLAYED if other else None)
            if refusal is not None:
                nouns.evidence.append(self._entry(wish, "own", refusal=refusal_member(refusal)))
                return InfoAnswer(refusal=refusal)
            repeated = before is not None
            decision = self.verifier.decide(
                nouns, consumer=self.province, query=query, exchange_id=wish.exchange_id, repeated=repeated
            )
            members = {**decision.members, "intent": intent, "repeated": repeated or None}
            index = nouns.evidence.append(self.recorder.entry(EventType.RETRIEVE, "own", wish.exchange_id, **members))
            decision.recorded(nouns, index)
            return decision.answer

        try:
            answer = await self.store.transact(unit)
        finally:
            self.verifier.provider.wake(wish.exchange_id)
        if answer.refusal is not None:
            raise refused(answer.refusal, wish.exchange_id)
        return _verified(wish.exchange_id, self.province, answer.result, disputed=answer.disputed)

    async def _asked(self, wish: Wish, query: InfoQuery) -> Recorded:
        """Draft the request and put it on record before it leaves.

        Raises:
            RefusedError: another request of its key began elsewhere meanwhile; on record.
        """

        def unit(nouns: Nouns) -> Recorded | Refusal:
            refusal = wish.begin(nouns)
            if refusal is not None:
                return refusal
            draft = self.mail.draft_request(query, recipients=(wish.province,), exchange_id=wish.exchange_id)
            request = self.recorder.sent(nouns, draft, EventType.RETRIEVE, "asked", self._members(wish, query))
            self.wish_log.asked(nouns, wish, request.index, query.type_code)
            return request

        request = await self.store.transact(unit)
        if isinstance(request, Refusal):
            raise await self._refused(wish, request)
        return request

    async def _received(self, wish: Wish, reply: Reply[InfoAnswer]) -> None:
        """Keep what came; a repeated exchange is no second use."""

        def unit(nouns: Nouns) -> None:
            before = nouns.evidence.of_exchange(wish.exchange_id)
            if not any(json.loads(one.entry)["step"] == "received" for one in before):
                self.tally.note(nouns, Side.CONSUMER, self.province, wish.use_list_id, RETRIEVE)
            result = reply.message.result
            self.recorder.keep_answered(nouns, wish.exchange_id, {wish.province: reply})
            entry = self._entry(wish, "received", result=result.value, **answer_members(reply))
            index = nouns.evidence.append(entry)
            if result not in _OF_NONE:
                self.wish_log.received(nouns, wish, index)

        await self.store.transact(unit)

    async def _refused(self, wish: Wish, refusal: Refusal, reply: Reply[InfoAnswer] | None = None) -> RefusedError:
        answer = {} if reply is None else answer_members(reply)
        entry = self._entry(wish, "refused", refusal=refusal_member(refusal), **answer)

        def unit(nouns: Nouns) -> None:
            self.recorder.keep_answered(nouns, wish.exchange_id, {wish.province: reply})
            nouns.evidence.append(entry)

        await self.store.transact(unit)
        return refused(wish.advised(refusal), wish.exchange_id)

    def _entry(self, wish: Wish, step: str, **members: object) -> dict[str, object]:
        said = {"peer": wish.province, "apply": wish.form.apply_id, "output": Output.VERIFY.value, **members}
        return self.recorder.entry(EventType.RETRIEVE, step, wish.exchange_id, **said)

    def _members(self, wish: Wish, query: InfoQuery) -> dict[str, object]:
        """What the entry of the request says: column names and no values; of the names, those alone that the verdict knows.

        Whatever else a line system writes there could be a person's name or number.
        """
        return {
            "peer": wish.province,
            "apply": query.apply_id,
            "output": Output.VERIFY.value,
            "certificate_type": query.type_code if query.type_code in wish.types else None,
            "fields": sorted({one.name for one in query.surface} & set(wish.allowed)),
        }


def _query(wish: Wish, form: InfoForm) -> InfoQuery:
    return InfoQuery(
        apply_id=form.apply_id,
        use_code=wish.use_code,
        identifier=form.identifier,
        type_code=form.type_code,
        number=form.number,
        holder_name=form.holder.name,
        basic=form.basic,
        surface=form.surface,
    )


def _verified(exchange_id: str, province: str, result: InfoResult, *, disputed: bool = False) -> VerifiedInfo:
    message = MESSAGES[result] + (DISPUTED if disputed else "")
    return VerifiedInfo(
        exchange_id=exchange_id, province=province, result=result.value, message=message, disputed=disputed
    )

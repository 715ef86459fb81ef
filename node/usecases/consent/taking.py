"""Consents that this province takes, takes back and shows: for the app of its holders, and for its counters. Clause 7.2.

Who may do so is configured per line system ([[apps]] consents): whoever may take consents in the app speaks for every holder of this
province, whoever may at the counter for those who stand there. Taking back is a stop order (`trust.orders`, kind CONSENT): in force here
at once, everywhere within a minute, for good.
"""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.holder import home_province
from node.ports.consenting import ConsentForm, ConsentInquiry, TakenConsent
from node.ports.consents import StoredConsent
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.checks import normal_holder
from node.usecases.consent.documents import opened
from node.usecases.on_record import on_record
from node.usecases.orders import Orders
from node.usecases.record import Recorder, person
from node.usecases.stops import Stops
from node.vault import Vault
from trust import consent
from trust.consent import Channel, Consent, Mode, SignedConsent
from trust.errors import ConsentError
from trust.identity import Certificate
from trust.orders import Action, Kind

MAX_SHOWN = 200  # consents of one holder
AT_COUNTER = timedelta(days=1)
"""How long a consent given at a counter holds where nothing else is said: it is for the case of the day."""
_ID = re.compile(r"[0-9a-f]{32}")  # of a consent that another province took: no name and no number
TAKEN_BACK = "持证主体撤回授权"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSigner:
    """The key this node signs consents with: its certificate, and what makes 64 raw bytes r‖s."""

    certificate: Certificate
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOffice:
    """Takes consents of holders. Implements `services.Consents`."""

    province: str
    store: Store
    vault: Vault
    stops: Stops
    orders: Orders
    recorder: Recorder
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    members: Callable[[], Collection[str]]
    signer: Callable[[], ConsentSigner]
    lifetime: timedelta = consent.MAX_VALIDITY

    async def give(self, caller: Caller, form: ConsentForm, key: str) -> TakenConsent:
        """Take a consent, signed and on record; whoever repeats with `key` gets the same one.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, CONSENT_MISMATCH or BAD_PARAMETER; nothing was taken; on record.
        """
        async with self._on_record(caller):
            return await self._given(caller, form, key)

    def _on_record(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        return on_record(self.store, self.recorder, EventType.CONSENT, self.new_id(), app=caller.app_id)

    async def _given(self, caller: Caller, form: ConsentForm, key: str) -> TakenConsent:
        holder = normal_holder(form.holder)
        self._check_place(caller, form, holder)
        consent_id = self.vault.digest("consent id", caller.app_id, key)[:32]
        made = self._made(caller, form, holder, consent_id)
        held = self.store.read.consents.get(consent_id)
        if held is not None:
            return self._repeated(held, made, form, holder)
        signer = self.signer()
        try:
            signed = consent.sign(made, certificate=signer.certificate, signer=signer.sign)
        except ConsentError as error:
            raise RefusedError(Reason.BAD_PARAMETER, error.detail) from error
        exchange_id = f"consent-{consent_id}"
        held = await self.store.transact(lambda nouns: self._keep(nouns, caller, signed, exchange_id))
        return self._repeated(held, made, form, holder)

    def _repeated(self, held: StoredConsent, wanted: Consent, form: ConsentForm, holder: Holder) -> TakenConsent:
        """The consent taken under the same key, where it is to the same.

        Raises:
            RefusedError: REPLAYED: it is to something else.
        """
        taken, before = self._taken(held, holder), _consent_in(held)
        since = wanted.since if form.since else before.since  # it comes later: of times, those that were sent count
        until = wanted.until if form.until else before.until
        if before != replace(wanted, since=since, until=until, taken=before.taken, salt=before.salt):
            raise RefusedError(Reason.REPLAYED, "this key stands for another consent")
        return taken

    def _keep(self, nouns: Nouns, caller: Caller, signed: SignedConsent, exchange_id: str) -> StoredConsent:
        """The consent that is held from now on: of several taken at once under one key, the first."""
        given = signed.consent
        held = nouns.consents.get(given.id)
        if held is not None:
            return held
        taken = StoredConsent(
            consent_id=given.id,
            grantor=given.grantor,
            app_id=caller.app_id,
            document=signed.to_json(),
            taken_at=self.clock(),
            ends_at=given.ends,
        )
        nouns.consents.put(taken)
        nouns.evidence.append(
            self.recorder.entry(
                EventType.CONSENT,
                "taken",
                exchange_id,
                app=caller.app_id,
                consent=signed.digest,
                consent_id=given.id,
                channel=given.channel.value,
                mode=given.mode.value,
                grantee=given.grantee_province,
                org=given.grantee_unit,
                item=given.item,
                types=list(given.types),
                outputs=list(given.outputs),
                holder=person(self.vault, exchange_id, "holder", given.grantor),
                expression=given.expression,
                until=given.until,
            )
        )
        return taken

    def _made(self, caller: Caller, form: ConsentForm, holder: Holder, consent_id: str) -> Consent:
        """What is consented to, as it will be signed."""
        now = self.clock()
        counter = form.channel is Channel.COUNTER
        until = form.until or now + (min(AT_COUNTER, self.lifetime) if counter else self.lifetime)
        if until > now + self.lifetime:
            raise RefusedError(Reason.BAD_PARAMETER, f"until: within {self.lifetime.days} days")
        delegate = normal_holder(form.delegate) if form.delegate is not None else None
        operator = self.vault.digest("consent operator", consent_id, form.operator) if form.operator else ""
        return Consent(
            id=consent_id,
            province=self.province,
            channel=form.channel,
            mode=form.mode,
            grantor=self.vault.handle(holder.type_code, holder.code),
            delegate=self.vault.handle(delegate.type_code, delegate.code) if delegate else "",
            grantee_province=self.province if counter else form.grantee_province or self.province,
            grantee_unit=caller.use_org_code if counter else form.grantee_unit,
            item=form.item_code,
            types=form.type_codes,
            outputs=tuple(one.value for one in form.outputs),
            fields=form.fields,
            since=_text(form.since or now),
            until=_text(until),
            taken=_text(now),
            expression=form.expression if counter else "",
            operator=operator if counter else "",
            salt=self.vault.digest("salt of a consent", consent_id),
        )

    def _check_place(self, caller: Caller, form: ConsentForm, holder: Holder) -> None:
        """This line system may take consents in this place, of this holder, to this unit.

        Raises:
            RefusedError: OUT_OF_SCOPE or CONSENT_MISMATCH.
        """
        if form.channel not in caller.consents:
            raise RefusedError(Reason.OUT_OF_SCOPE, f"channel: not registered to take consents at {form.channel.value}")
        if (form.delegate is not None) is not (form.mode is Mode.ENTRUST):
            raise RefusedError(Reason.BAD_PARAMETER, "delegate: whom the holder sends, and of ENTRUST only")
        if form.channel is Channel.HOME:
            if home_province(holder.type_code, holder.code) != self.province:
                raise RefusedError(Reason.CONSENT_MISMATCH, "holder: the holder's own province takes it in its app")
            if form.grantee_province not in ("", *self.members()):
                raise RefusedError(Reason.BAD_PARAMETER, "granteeProvince: not a member")
            return
        if form.grantee_province not in ("", self.province) or form.grantee_unit not in ("", caller.use_org_code):
            raise RefusedError(Reason.OUT_OF_SCOPE, "grantee: a counter takes consents to its own unit")
        if caller.item_codes and form.item_code not in caller.item_codes:
            raise RefusedError(Reason.OUT_OF_SCOPE, "itemCode")
        if not form.operator or (caller.operators and form.operator not in caller.operators):
            raise RefusedError(Reason.OUT_OF_SCOPE, "operator.account")

    async def revoke(self, caller: Caller, asked: ConsentInquiry) -> TakenConsent | None:
        """Take a consent back, for good; repeated, it stays so.

        In the app of the holder's home province also one that another province took, at its counter: the order of the home counts, too.
        Nothing is known of that one here, not even that it is there: the order is given, and None comes.

        Raises:
            RefusedError: NO_RECORD: no such consent of this holder that this line system may see; ORDER_REFUSED; on record.
        """
        async with self._on_record(caller):
            return await self._revoked(caller, asked)

    async def _revoked(self, caller: Caller, asked: ConsentInquiry) -> TakenConsent | None:
        holder = self._holder(caller, asked)
        held = self.store.read.consents.get(asked.consent_id)
        if held is None and self._at_home(caller, holder) and _ID.fullmatch(asked.consent_id):
            await self._stop(caller, asked.consent_id, "", "ordered")
            return None
        if held is None or held.grantor != self._handle(holder) or not self._visible(caller, held):
            raise RefusedError(Reason.NO_RECORD, "consentId: no such consent of this holder")
        taken = self._taken(held, holder)
        if taken.state in {"REVOKED", "ENDED"}:
            return taken
        await self._stop(caller, held.consent_id, self._home(holder), "revoked")
        return self._taken(held, holder)

    async def _stop(self, caller: Caller, consent_id: str, home: str, step: str) -> None:
        """Order that a consent counts no more, unless that is so; `home` as for `Stops.consent`, `step` for the record."""
        if self.stops.consent(self.province, consent_id, home) is not None:
            return
        entry = self.recorder.entry(
            EventType.CONSENT, step, f"consent-{consent_id}", app=caller.app_id, consent_id=consent_id
        )
        try:
            await self.orders.give(Kind.CONSENT, consent_id, Action.STOP, TAKEN_BACK, beside=entry)
        except RefusedError:
            if self.stops.consent(self.province, consent_id, home) is None:  # by another call, while this one waited
                raise

    async def show(self, caller: Caller, asked: ConsentInquiry) -> Sequence[TakenConsent]:
        """A holder's consents taken here, the last one first; of a counter, those that it took itself. That it was asked is on record.

        Raises:
            RefusedError: OUT_OF_SCOPE or HOLDER_CODE_INVALID; on record.
        """
        async with self._on_record(caller):
            holder = self._holder(caller, asked)
        grantor, exchange_id = self._handle(holder), self.new_id()

        def unit(nouns: Nouns) -> list[StoredConsent]:
            held = nouns.consents.of_grantor(grantor, MAX_SHOWN)
            wanted = [one for one in held if asked.consent_id in ("", one.consent_id) and self._visible(caller, one)]
            who = person(self.vault, exchange_id, "holder", grantor)
            entry = self.recorder.entry(
                EventType.CONSENT, "shown", exchange_id, app=caller.app_id, holder=who, count=len(wanted)
            )
            nouns.evidence.append(entry)
            return wanted

        return tuple(self._taken(one, holder) for one in await self.store.transact(unit))

    def _holder(self, caller: Caller, asked: ConsentInquiry) -> Holder:
        if not caller.consents:
            raise RefusedError(Reason.OUT_OF_SCOPE, "this application is not registered to take consents")
        return normal_holder(asked.holder)

    def _handle(self, holder: Holder) -> str:
        return self.vault.handle(holder.type_code, holder.code)

    def _home(self, holder: Holder) -> str:
        return home_province(holder.type_code, holder.code) or ""

    def _at_home(self, caller: Caller, holder: Holder) -> bool:
        """Whether the line system speaks for this holder in the app of the holder's home province."""
        return Channel.HOME in caller.consents and self._home(holder) == self.province

    def _visible(self, caller: Caller, held: StoredConsent) -> bool:
        return Channel.HOME in caller.consents or held.app_id == caller.app_id

    def _taken(self, held: StoredConsent, holder: Holder) -> TakenConsent:
        given = _consent_in(held)
        state = self._state(given, self._home(holder))
        return TakenConsent(consent_id=held.consent_id, document=held.document, state=state, consent=given)

    def _state(self, given: Consent, home: str) -> str:
        """IN_FORCE, NOT_YET, ENDED or REVOKED."""
        if self.stops.consent(given.province, given.id, home) is not None:
            return "REVOKED"
        if given.ends < self.clock():
            return "ENDED"
        return "NOT_YET" if self.clock() < given.begins else "IN_FORCE"


def _consent_in(held: StoredConsent) -> Consent:
    signed = opened(held.document)
    assert isinstance(signed, SignedConsent), "it was signed here"
    return signed.consent


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

"""A wish for one certificate, checked against the caller's own application: where it is held, and under which use code. Clause 8.3."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from federation.model.application import Application, Output, Result
from federation.model.evidence import EventType
from federation.model.refusal import Owner, Reason, Refusal
from federation.model.retrieval import DataQuery, FileQuery
from federation.model.search import home_of
from node.errors import refused
from node.library.identifier import IdentifierError, parse
from node.ports.applications import Begun, ReceivedVerdict
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.admission.asking import outgrown
from node.usecases.applying.seal import open_application
from node.usecases.applying.verification import own_use
from node.usecases.exchange import ANSWER_KEPT
from node.usecases.record import Recorder, refusal_member
from node.usecases.stops import Stops
from node.vault import Vault

REPLAYED = Refusal(reason=Reason.REPLAYED, detail="this key stands for another request")
"""The same key with another wish, as `exchange.Exchange` refuses it between provinces."""

UNDER_WAY = Refusal(reason=Reason.OVERLOADED, detail="this exchange is still under way", retry_after_s=1)
"""Another request of the same key is being answered."""

PERIOD_OVER = Refusal(
    reason=Reason.PERIOD_OVER,
    detail="this Idempotency-Key belongs to a period that is over: another key makes another use",
)
"""A repeat that can get no answer any more, under an application that goes on."""

_ELSEWHERE = frozenset({Owner.PEER, Owner.NETWORK})
_NOT_THERE = frozenset({Reason.NO_RECORD, Reason.COPY_FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A checked wish: what is wanted, from which province, under which use code, in which exchange."""

    form: RetrieveForm
    output: Output
    begun: Begun
    """What the exchange began with, or begins with now."""

    use_list_id: str
    exchange_id: str
    allowed: tuple[str, ...]
    """The fields of the face that the verdict allows."""

    types: tuple[str, ...]
    """The types that it is on."""

    application: Application
    """What it rests on."""

    past: bool
    """Whether it repeats an exchange of a period that is over, under an application that goes on."""

    others: tuple[str, ...] = ()
    """Further provinces that named the certificate and admit the application."""

    def advised(self, refusal: Refusal) -> Refusal:
        """A refusal of the province that was asked, with the others named where one of them may do what it did not.

        That its use code is spent means, of a period that is over, that it keeps the answer no longer.
        """
        if self.past and refusal.reason is Reason.USE_CODE_SPENT:
            return PERIOD_OVER
        if not self.others or not (refusal.owner in _ELSEWHERE or refusal.reason in _NOT_THERE):
            return refusal
        also = f"{', '.join(self.others)} named it, too: retrieve it there with nodeId and another Idempotency-Key"
        return replace(refusal, detail=f"{refusal.detail}; {also}" if refusal.detail else also)

    @property
    def province(self) -> str:
        """The province that is asked."""
        return self.begun.provider

    @property
    def use_code(self) -> str:
        """The use code that the wish is made under."""
        return self.begun.use_code

    def begin(self, nouns: Nouns) -> Refusal | None:
        """Note in the unit that puts the wish on record, before it leaves, which application, province and period its exchange belongs to.

        Where another request of the key began meanwhile, and elsewhere, this one goes no further: there would be two uses under one key.
        """
        nouns.contents.belong(self.form.apply_id, self.exchange_id)
        if not self.form.key:
            return None
        nouns.applications.begin(self.exchange_id, self.begun)
        held = nouns.applications.begun(self.exchange_id)
        begun = None if held is None else (held.provider, held.use_code)
        return None if begun == (self.province, self.use_code) else UNDER_WAY

    def data_query(self) -> DataQuery:
        """The wish for face data."""
        form = self.form
        return DataQuery(apply_id=form.apply_id, use_code=self.use_code, identifier=form.identifier, fields=form.fields)

    def file_query(self, offset: int = 0) -> FileQuery:
        """The wish for a file, from `offset` bytes on."""
        return FileQuery(
            apply_id=self.form.apply_id,
            use_code=self.use_code,
            identifier=self.form.identifier,
            offset=offset,
            original=self.form.original,
            expires=self.form.expires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Checks what callers of this province wish for."""

    store: Store
    vault: Vault
    recorder: Recorder
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    province: str
    stops: Stops
    still: Callable[[str, str], Refusal | None]
    """Why a line of our own does not stand any more, at a province as far as it is known here ("" : at all)."""

    down: Callable[[str], bool]
    """Whether a province is known to be down."""

    paused: Callable[[Nouns, Application], Refusal | None]
    """Why the operator of an application of our own is paused."""

    runs_out: Callable[[ReceivedVerdict, Application], bool]
    """Whether a verdict on a standing application of our own has run out."""

    renew: Callable[[Caller, str], Awaitable[object]]
    """Submits a standing application of this caller again, where verdicts on it have run out."""

    async def check(
        self, caller: Caller, form: RetrieveForm, output: Output, found: RetrieveForm | None = None
    ) -> Wish:
        """Check the caller's application and find province and use code; `found` is the same wish by identifier, where `form` has none.

        Raises:
            RefusedError: no such application, no province, no verdict that passes, or the key belongs to a period that is over; on record,
                without what the caller wrote.
        """
        exchange_id = self.exchange_id(caller, form, output)
        structlog.contextvars.bind_contextvars(exchange_id=exchange_id)  # for every line that is logged on the way
        begun, sought = self.store.read.applications.begun(exchange_id), found or form
        usable = self._usable(caller, sought) if begun is None else self._again(caller, sought, begun)
        if begun is None and not isinstance(usable, Refusal) and self.runs_out(*usable):
            await self.renew(caller, form.apply_id)
            usable = self._usable(caller, sought)
        if isinstance(usable, Refusal):
            entry = self.recorder.entry(
                EventType.RETRIEVE,
                "refused",
                exchange_id,
                app=caller.app_id,
                output=output.value,
                refusal=refusal_member(usable),
            )
            await self.store.transact(lambda nouns: nouns.evidence.append(entry))
            raise refused(usable, exchange_id)
        verdict, application = usable
        return Wish(
            form=_within(form, application),
            output=output,
            begun=begun or Begun(provider=verdict.provider, use_code=verdict.use_code, until=verdict.expires_at),
            use_list_id=application.use_list_id,
            exchange_id=exchange_id,
            allowed=verdict.fields,
            types=verdict.type_codes,
            application=application,
            past=begun is not None and self._past(begun, application),
            others=self._others(sought, verdict.provider),
        )

    def exchange_id(self, caller: Caller, form: RetrieveForm, output: Output) -> str:
        """A fresh one, or that of the key: who repeats with the key is in the same exchange, which makes one use for good. DESIGN §2.5."""
        if not form.key:
            return self.new_id()
        named = form.named
        subject = form.identifier or ("" if named is None else f"{named.type_code}\x1f{named.number}")
        parts = (caller.app_id, form.apply_id, subject, output.value, form.key)
        return self.vault.digest("exchange", *parts)[:32]

    def _again(self, caller: Caller, form: RetrieveForm, begun: Begun) -> tuple[ReceivedVerdict, Application] | Refusal:
        """What a repeated exchange goes on under: it stays with the province and the use code it began with, and makes no second use.

        What another province answered, it keeps for a while after; of our own library the use is repeated as long as its code holds.
        """
        if form.province not in {"", begun.provider}:
            return REPLAYED
        usable = self._usable(caller, replace(form, province=begun.provider))
        kept = timedelta(0) if begun.provider == self.province else ANSWER_KEPT
        if isinstance(usable, Refusal) or self.clock() <= begun.until + kept:
            return usable
        return PERIOD_OVER if self._past(begun, usable[1]) else Refusal(reason=Reason.USE_CODE_SPENT)

    def _past(self, begun: Begun, application: Application) -> bool:
        """Whether an exchange belongs to a period that is over, under a standing application that goes on."""
        end = application.valid_until
        return end is not None and begun.until < self.clock() <= end

    def _usable(self, caller: Caller, form: RetrieveForm) -> tuple[ReceivedVerdict, Application] | Refusal:
        """The verdict under which this wish can be made, and the application it rests on."""
        applications = self.store.read.applications
        own = applications.own(form.apply_id)
        if own is None or own.app_id != caller.app_id or not own.sealed:
            return Refusal(reason=Reason.USE_CODE_SPENT, detail="applyId: no application of yours")
        application = open_application(self.vault, own)
        stopped = self._own_stop(application) or outgrown(caller, application)
        stopped = stopped or self.still(application.use_list_id, "")
        stopped = stopped or self.paused(self.store.read, application)
        if stopped is not None:
            return stopped
        sources = (form.province,) if form.province else self._sources(form)
        if not sources:
            detail = "certificateID: not found by a search under this application"
            return Refusal(reason=Reason.NO_RECORD, detail=detail)
        each = {code: self._verdict(form, application, code) for code in sources}
        good = [one for one in each.values() if not isinstance(one, Refusal)]
        there = [one for one in good if not self.down(one.provider)]
        chosen = next(iter(there or good), None)
        return next(iter(each.values())) if chosen is None else (chosen, application)  # type: ignore[return-value]

    def _sources(self, form: RetrieveForm) -> tuple[str, ...]:
        """The provinces that named a certificate under an application: its own first, whatever others say of it."""
        named, home = self.store.read.applications.found(form.apply_id, form.identifier), home_of(form.identifier)
        return tuple(sorted(named, key=lambda code: code != home))

    def _verdict(self, form: RetrieveForm, application: Application, province: str) -> ReceivedVerdict | Refusal:
        """The verdict under which the wish can be made at a province; or why it cannot."""
        received = self.store.read.applications.received(form.apply_id)
        verdict = next((one for one in received if one.provider == province), None)
        if verdict is None or verdict.result != Result.PASS.value:
            return Refusal(reason=Reason.USE_CODE_SPENT, detail=f"no use code of {province} for this application")
        stopped = self._provider_stop(province, form.identifier) or self.still(application.use_list_id, province)
        return stopped or verdict

    def _others(self, form: RetrieveForm, province: str) -> tuple[str, ...]:
        received = self.store.read.applications.received(form.apply_id)
        admit = {one.provider for one in received if one.result == Result.PASS.value} - {province}
        return tuple(code for code in self._sources(form) if code in admit)

    def stopped(self, apply_id: str, province: str, identifier: str) -> Refusal | None:
        """Why a use under way must end: a stop order on what it rests on, here or at the provider, or its line does not stand any more."""
        own = self.store.read.applications.own(apply_id)
        if own is None:
            return self._provider_stop(province, identifier)
        if not own.sealed:
            return Refusal(reason=Reason.USE_CODE_SPENT, detail="applyId: the application was erased")
        application = open_application(self.vault, own)
        return (
            self._own_stop(application)
            or self._provider_stop(province, identifier)
            or self.still(application.use_list_id, province)
        )

    def _own_stop(self, application: Application) -> Refusal | None:
        """What this province itself stopped."""
        return self.stops.use(own_use(self.vault, self.province, application)) if self.stops else None

    def _provider_stop(self, province: str, identifier: str) -> Refusal | None:
        """A stopped province, or a type that it stopped; an identifier that names no type is the provider's to judge."""
        if not self.stops:
            return None
        try:
            type_code = parse(identifier).identifier.type_code
        except IdentifierError:
            type_code = ""
        return self.stops.peer(province) or self.stops.type(province, type_code)


def _within(form: RetrieveForm, application: Application) -> RetrieveForm:
    """The wish within what was applied for: a usage copy holds no longer than the application says (7.2, copyExpiry)."""
    latest = application.copy_expires
    if form.original or latest is None or (form.expires is not None and form.expires <= latest):
        return form
    return replace(form, expires=latest)

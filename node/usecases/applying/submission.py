"""Submitting an application so that a repeat is the same one: under the caller's key, at whatever moment the first was cut off. Clause 7.2.

A repeat is checked for saying the same, is not counted and not kept again, and brings the verdicts as they are now: who has not decided is
asked again (`verdicts`). Where the first was refused here, nothing was kept, and the repeat is a fresh try.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from federation.model.application import Application
from federation.model.refusal import Reason, Refusal
from node.ports.services import ApplicationForm, Caller, Submitted
from node.ports.store import Store
from node.usecases.admission.checks import normal_holder
from node.usecases.applying.application import ApplicationConsumer
from node.usecases.applying.seal import open_application
from node.usecases.applying.verdicts import Verdicts
from node.usecases.consent.filling import consent_of, delegate_of
from node.usecases.turns import Turns
from node.vault import Vault

_SAME = (
    "use_list_id", "operator", "use_cause", "item_code", "item_name", "business_code", "biz_num", "type_codes", "auth_mode",
    "outputs", "fields", "kind", "copy_expires",
)  # fmt: skip
"""What a repeat says as the first did, beside holder, consent, delegate and end. The line's version is as it was when it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submissions:
    """Implements `services.Applications`. `turns`: one at a time for each key, patient for as long as a round of verdicts takes."""

    store: Store
    vault: Vault
    applications: ApplicationConsumer
    verdicts: Verdicts
    turns: Turns

    async def submit(self, caller: Caller, form: ApplicationForm) -> Submitted:
        """Submit an application, or tell how the one stands that was submitted under this key.

        Raises:
            RefusedError: a check fails; or REPLAYED: the key stands for another application.
        """
        async with self._turn(caller, form):
            held = await self._held(caller, form)
            if held is None:
                return await self.applications.submit(caller, form)
            return await self.verdicts.current(caller, held.apply_id)

    async def register(self, caller: Caller, form: ApplicationForm) -> tuple[Application, str]:
        """As `submit`, but nothing is sent: for a search that carries the application to the provinces, in the exchange that is returned.

        A repeat has no exchange of its own: "".

        Raises:
            RefusedError: as for `submit`.
        """
        async with self._turn(caller, form):
            held = await self._held(caller, form)
            return (held, "") if held is not None else await self.applications.register(caller, form)

    @asynccontextmanager
    async def _turn(self, caller: Caller, form: ApplicationForm) -> AsyncIterator[None]:
        """Alone with the application of this key."""
        if not form.key:
            yield
            return
        apply_id = self.applications.apply_id(caller, form.key)
        if not await self.turns.take(apply_id):
            detail = "an application under this Idempotency-Key is still under way"
            refusal = Refusal(reason=Reason.OVERLOADED, detail=detail, retry_after_s=1)
            raise await self.verdicts.refusal(caller, refusal)
        try:
            yield
        finally:
            self.turns.end(apply_id)

    async def _held(self, caller: Caller, form: ApplicationForm) -> Application | None:
        """The application that was submitted under this key, if there is one.

        Raises:
            RefusedError: REPLAYED: it says something else; on record.
        """
        own = self.store.read.applications.own(self.applications.apply_id(caller, form.key)) if form.key else None
        if own is None:
            return None
        if not own.sealed:
            detail = "Idempotency-Key: its application was erased; another key makes another application"
            raise await self.verdicts.refusal(caller, Refusal(reason=Reason.USE_CODE_SPENT, detail=detail))
        application = open_application(self.vault, own)
        same = all(getattr(form, name) == getattr(application, name) for name in _SAME)
        if not same or not self._rests_on_the_same(form, application):
            detail = "Idempotency-Key: it stands for another application"
            raise await self.verdicts.refusal(caller, Refusal(reason=Reason.REPLAYED, detail=detail))
        return application

    def _rests_on_the_same(self, form: ApplicationForm, application: Application) -> bool:
        """Whether a repeat is about the same persons, on the same consent, until the same time, where it names one."""
        return (
            normal_holder(form.holder) == application.holder
            and consent_of(form, self.store.read.consents.get) == application.consent
            and delegate_of(form, self.vault) == application.delegate
            and form.valid_until in (None, application.valid_until)
        )

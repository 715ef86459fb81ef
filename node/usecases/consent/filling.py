"""What a line system sends of consent, delegate and end, as an application holds it. Decides nothing: the checks do, on the application."""

from collections.abc import Callable
from datetime import datetime, timedelta

from federation.model.application import AuthMode, Holder, Kind
from federation.model.uselist import UseListLine
from node.errors import RefusedError
from node.ports.consents import StoredConsent
from node.ports.services import ApplicationForm
from node.usecases.admission.checks import normal_holder
from node.vault import Vault

_NOBODY = "-"  # no handle: the check finds that the consent names another


def consent_of(form: ApplicationForm, taken_here: Callable[[str], StoredConsent | None]) -> bytes:
    """The consent's document: as it was sent, or as this node took it; b"" where there is none, and for DUTY, which needs none."""
    if form.auth_mode is AuthMode.DUTY:
        return b""
    stored = taken_here(form.consent_id) if form.consent_id and not form.consent else None
    return form.consent if stored is None else stored.document


def delegate_of(form: ApplicationForm, vault: Vault) -> str:
    """The handle of whom the holder sent: the number itself goes no further."""
    return handle_of(form.delegate, vault) if form.auth_mode is AuthMode.ENTRUST else ""


def handle_of(person: Holder | None, vault: Vault) -> str:
    """The mesh handle of a person; "" of nobody, and what nobody has where the number is wrong."""
    if person is None:
        return ""
    try:
        normal = normal_holder(person)
    except RefusedError:
        return _NOBODY
    return vault.handle(normal.type_code, normal.code)


def end_of(form: ApplicationForm, line: UseListLine | None, now: datetime, longest: timedelta) -> datetime | None:
    """Until when a standing application holds: as was asked, or else as long as the line and this node let it."""
    if form.kind is Kind.PER_USE or form.valid_until is not None or line is None:
        return form.valid_until
    return now + min(timedelta(days=line.standing_days), longest)

"""Consents as they come with applications: the same few are looked at again and again, so they are read once. Not whether they count."""

from functools import lru_cache

from federation.model.application import Application
from node.library.holder import home_province
from trust import consent
from trust.consent import SignedConsent
from trust.errors import ConsentError

READ_KEPT = 1_024  # documents of at most 16 KiB


@lru_cache(maxsize=READ_KEPT)
def opened(document: bytes) -> SignedConsent | ConsentError:
    """A consent whose form is right, or what is wrong with it; nothing is believed yet."""
    try:
        return consent.read(document)
    except ConsentError as error:
        return error.with_traceback(None)


def basis_of(document: bytes) -> tuple[str, str, str]:
    """The province that took a consent, its id, and the key that signed it: what orders name. "" each for none, and for what is none."""
    signed = opened(document) if document else None
    if not isinstance(signed, SignedConsent):
        return "", "", ""
    return signed.consent.province, signed.consent.id, signed.key_id


def home_of(application: Application) -> str:
    """The holder's home province, whose order takes the consent of an application back, too; "" where there is no consent or no home."""
    holder = application.holder
    return (home_province(holder.type_code, holder.code) or "") if application.consent else ""


def digest_of(document: bytes) -> str:
    """The SM3 (hex) of what was consented to, as evidence holds it; "" for none."""
    signed = opened(document) if document else None
    return signed.digest if isinstance(signed, SignedConsent) else ""

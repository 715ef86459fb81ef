"""A consent as it is stored and travels: canonical JSON inside DSSE, the signing certificate beside the signature. Clause 7.2.

The certificate is there because consents outlive rotations of keys: the membership's key history says which keys count.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from trust import canonical, gm
from trust.consent.records import Channel, Consent, Mode, check
from trust.envelope import pae
from trust.errors import ConsentError, IdentityError
from trust.identity import Certificate
from trust.membership import Membership, signing_key_counts

PAYLOAD_TYPE = "application/vnd.certmesh.consent.v1+json"
MAX_DOCUMENT_BYTES = 16_384
MAX_PAYLOAD_BYTES = 8_192
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedConsent:
    """A consent whose form is right, its exact payload, and the one signature; not believed before `verify`.

    `digest` is the SM3 (hex) of the payload.
    """

    consent: Consent
    payload: bytes
    digest: str
    certificate: Certificate
    signature: bytes

    @property
    def key_id(self) -> str:
        """The key it is signed with."""
        return self.certificate.fingerprint

    def to_json(self) -> bytes:
        """The DSSE JSON form that is stored and travels: ASCII."""
        signature = {
            "keyid": self.key_id,
            "sig": base64.b64encode(self.signature).decode(),
            "cert": base64.b64encode(self.certificate.der).decode(),
        }
        payload = base64.b64encode(self.payload).decode()
        return canonical.dumps({"payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": [signature]})


def sign(consent: Consent, *, certificate: Certificate, signer: Callable[[bytes], bytes]) -> SignedConsent:
    """A consent, signed by the province that takes it. `signer` makes 64 raw bytes r‖s.

    Raises:
        ConsentError: MALFORMED: it breaks a rule of its form.
    """
    check(consent)
    payload = consent.payload()
    return SignedConsent(
        consent=consent,
        payload=payload,
        digest=gm.sm3(payload).hex(),
        certificate=certificate,
        signature=signer(pae(PAYLOAD_TYPE, payload)),
    )


def read(document: bytes) -> SignedConsent:
    """Read a consent and check its form; nothing is believed yet.

    Raises:
        ConsentError: MALFORMED or TOO_LARGE.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise ConsentError("TOO_LARGE", f"a consent has at most {MAX_DOCUMENT_BYTES} bytes")
    try:
        outer = json.loads(document)
        payload = base64.b64decode(outer["payload"], validate=True)
        (one,) = outer["signatures"]
        signature, der = (base64.b64decode(one[name], validate=True) for name in ("sig", "cert"))
        kind, key_id = outer["payloadType"], one["keyid"]
        certificate = Certificate.from_der(der)
    except (ValueError, KeyError, TypeError, RecursionError, IdentityError) as error:
        raise ConsentError("MALFORMED", f"the document: {type(error).__name__}") from error
    if kind != PAYLOAD_TYPE or key_id != certificate.fingerprint or len(signature) != _SIGNATURE_BYTES:
        raise ConsentError("MALFORMED", "another type, or a signature that is not its certificate's")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ConsentError("TOO_LARGE", f"what is consented to has at most {MAX_PAYLOAD_BYTES} bytes")
    return SignedConsent(
        consent=_consent(payload),
        payload=payload,
        digest=gm.sm3(payload).hex(),
        certificate=certificate,
        signature=signature,
    )


def verify(signed: SignedConsent, membership: Membership) -> None:
    """Check that a signing key of the province that took it has signed, one that counted at that time.

    Raises:
        ConsentError: NOT_A_MEMBER, KEY_UNKNOWN or SIGNATURE_INVALID.
    """
    consent = signed.consent
    member = membership.by_province.get(consent.province)
    if member is None or not member.active:
        raise ConsentError("NOT_A_MEMBER", f"{consent.province} is not a member")
    if not signing_key_counts(member, signed.key_id, datetime.fromisoformat(consent.taken)):
        raise ConsentError("KEY_UNKNOWN", f"not a signing key of {consent.province} at the time it was taken")
    if not signed.certificate.public_key.verify(pae(PAYLOAD_TYPE, signed.payload), signed.signature):
        raise ConsentError("SIGNATURE_INVALID", "the signature does not fit what is consented to")


def _consent(payload: bytes) -> Consent:
    """The consent in a payload; members of other names are refused, so that nothing signed goes unread.

    Raises:
        ConsentError: MALFORMED.
    """
    try:
        raw: dict[str, Any] = canonical.loads(payload)
        if set(raw) | {"salt"} != {one.name for one in fields(Consent)}:
            raise ConsentError("MALFORMED", "other members than a consent has")
        lists = {name: tuple(raw[name]) for name in ("types", "outputs", "fields") if isinstance(raw[name], list)}
        consent = Consent(**{**raw, **lists, "channel": Channel(raw["channel"]), "mode": Mode(raw["mode"])})
        check(consent)
    except (ValueError, TypeError) as error:
        raise ConsentError("MALFORMED", f"what is consented to: {type(error).__name__}") from error
    return consent

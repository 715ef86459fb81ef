"""An event that stands alone: the exact bytes of a CloudEvent, signed by the province that made it. Clause 8.4, DESIGN §4.

DSSE around the event, the signing certificate beside the signature, so that whoever a notice is passed on to (an issuing unit's system, the
app of a holder's province) can check it against the membership document years later. What the event says is read by
`federation.model.event`; here only who says it and when, because that decides which keys count. Pure: no clock, no files.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trust import canonical
from trust.envelope import MAX_SKEW, pae
from trust.errors import EventError, IdentityError
from trust.identity import Certificate
from trust.membership import Closed, Key, KeyUsage, Membership, instant

PAYLOAD_TYPE = "application/cloudevents+json"
SOURCE = "urn:certmesh:node:"
MAX_EVENT_BYTES = 16 * 1024
MAX_CERTIFICATE_BYTES = 4096
MAX_DOCUMENT_BYTES = 32 * 1024  # both in base64, and what is around them
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedEvent:
    """The exact bytes of an event and the signature over them; not believed before `verify`."""

    event: bytes
    certificate: Certificate
    signature: bytes

    def to_json(self) -> bytes:
        """The DSSE JSON form that is passed on: ASCII."""
        signature = {
            "keyid": self.certificate.fingerprint,
            "sig": base64.b64encode(self.signature).decode(),
            "cert": base64.b64encode(self.certificate.der).decode(),
        }
        payload = base64.b64encode(self.event).decode()
        return canonical.dumps({"payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": [signature]})


def sign(event: bytes, *, certificate: Certificate, signer: Callable[[bytes], bytes]) -> SignedEvent:
    """An event, signed. `signer` makes 64 raw bytes r‖s; it is one SM2 signature, so call it off the event loop."""
    return SignedEvent(event=event, certificate=certificate, signature=signer(pae(PAYLOAD_TYPE, event)))


def of_parts(event: bytes, certificate: bytes, signature: bytes) -> SignedEvent:
    """The same from what travels: the certificate as DER.

    Raises:
        EventError: MALFORMED or TOO_LARGE.
    """
    if len(event) > MAX_EVENT_BYTES or len(certificate) > MAX_CERTIFICATE_BYTES:
        raise EventError("TOO_LARGE", "an event has at most 16 KiB, its certificate 4 KiB")
    if len(signature) != SIGNATURE_BYTES:
        raise EventError("MALFORMED", "the event is not signed: its signature has to have 64 bytes")
    try:
        return SignedEvent(event=event, certificate=Certificate.from_der(certificate), signature=signature)
    except IdentityError as error:
        raise EventError("MALFORMED", "what stands beside the signature is no certificate") from error


def read(document: bytes) -> SignedEvent:
    """Read the DSSE form; nothing is believed yet.

    Raises:
        EventError: MALFORMED or TOO_LARGE.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise EventError("TOO_LARGE", f"a signed event has at most {MAX_DOCUMENT_BYTES} bytes")
    try:
        outer = json.loads(document)
        event = base64.b64decode(outer["payload"], validate=True)
        (one,) = outer["signatures"]
        signature, der = (base64.b64decode(one[name], validate=True) for name in ("sig", "cert"))
        kind, key_id = outer["payloadType"], one["keyid"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EventError("MALFORMED", f"the document: {type(error).__name__}") from error
    signed = of_parts(event, der, signature)
    if kind != PAYLOAD_TYPE or key_id != signed.certificate.fingerprint:
        raise EventError("MALFORMED", "another type, or a signature that is not its certificate's")
    return signed


def verify(signed: SignedEvent, membership: Membership) -> str:
    """Check that a signing key of the province that the event names as its source has signed, one that counted at its time.

    Returns:
        The province.

    Raises:
        EventError: MALFORMED, NOT_A_MEMBER, KEY_UNKNOWN or SIGNATURE_INVALID.
    """
    province, at = _origin(signed.event)
    member = membership.by_province.get(province)
    if member is None or not member.active:
        raise EventError("NOT_A_MEMBER", f"{province} is not a member")
    key_id = signed.certificate.fingerprint
    listed = {one.fingerprint for one in member.signing_certificates}
    if key_id not in listed and not any(_counted(key, key_id, at) for key in member.keys):
        raise EventError("KEY_UNKNOWN", f"not a signing key of {province} at the time of the event")
    if not signed.certificate.public_key.verify(pae(PAYLOAD_TYPE, signed.event), signed.signature):
        raise EventError("SIGNATURE_INVALID", "the signature does not fit the event")
    return province


def _origin(event: bytes) -> tuple[str, datetime]:
    """Which province an event names as its source, and when it says it was made."""
    try:
        outer = json.loads(event)
        source, at = outer["source"], datetime.fromisoformat(outer["time"])
        province = source.removeprefix(SOURCE)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EventError("MALFORMED", f"the event: {type(error).__name__}") from error
    if province == source or at.tzinfo is None:
        raise EventError("MALFORMED", "the event names no node as its source, or no time with an offset")
    return province, at


def _counted(key: Key, key_id: str, at: datetime) -> bool:
    """Whether a line of the key history lets the signature count: given up in an ordinary rotation, after the event."""
    if key.key_id != key_id or key.usage != KeyUsage.SIGNING.value or key.reason != Closed.ROTATED.value:
        return False
    return at <= instant(key.until) + MAX_SKEW

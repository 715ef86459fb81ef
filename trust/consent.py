"""The holder's consent (授权凭据): who lets whom use what, for what, from when until when; signed by the province that took it. Clause 7.2.

Canonical JSON inside DSSE, with the signing certificate beside the signature: consents outlive rotations of keys, and the membership's key
history says which keys count. No name and no number of a person is in it: grantor and delegate are handles that the members of one mesh
compute alike, expression and operator are digests. Whether a consent fits an application is `node.usecases.consent`'s matter; whether it
was revoked, the stop orders' (`trust.orders`, kind CONSENT). Pure: no clock, no files.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from trust import canonical, gm
from trust.envelope import MAX_SKEW, pae
from trust.errors import ConsentError, IdentityError
from trust.identity import Certificate
from trust.membership import Closed, Key, KeyUsage, Membership, instant

PAYLOAD_TYPE = "application/vnd.certmesh.consent.v1+json"
MAX_DOCUMENT_BYTES = 16_384
MAX_PAYLOAD_BYTES = 8_192
MAX_VALIDITY = timedelta(days=366)  # from when it was taken; so long a revocation has to be remembered
_MAX_LIST, _MAX_WORD = 64, 64  # entries of a list, characters of a text
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}")
_PROVINCE = re.compile(r"[0-9]{2}0000")
_SIGNATURE_BYTES = 64


class Channel(StrEnum):
    """Where it was given."""

    HOME = "HOME"
    """In the app of the holder's own province."""
    COUNTER = "COUNTER"
    """At a counter of the using province, with an operator's help; the holder's expression on paper or pad is kept there."""


class Mode(StrEnum):
    """Who will act on it."""

    HOLDER = "HOLDER"
    """The holder."""
    ENTRUST = "ENTRUST"
    """Whom the holder sends: the delegate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is consented to.

    `province` took it. `grantor` and `delegate` ("" unless ENTRUST) are handles of persons; `grantee_unit` is the using unit of
    `grantee_province`. `fields` () is every field that the grantee's line admits. `since`, `until` and `taken` are times with an offset,
    `until` inclusive. `expression` is the SM3 (hex) of what the holder signed, `operator` a digest of who assisted; both only, and always,
    of the COUNTER.
    """

    id: str
    province: str
    channel: Channel
    mode: Mode
    grantor: str
    delegate: str
    grantee_province: str
    grantee_unit: str
    item: str
    types: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    since: str
    until: str
    taken: str
    expression: str
    operator: str

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(asdict(self))

    @property
    def begins(self) -> datetime:
        """`since` as a time."""
        return datetime.fromisoformat(self.since)

    @property
    def ends(self) -> datetime:
        """`until` as a time."""
        return datetime.fromisoformat(self.until)


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
    listed = {one.fingerprint for one in member.signing_certificates}
    if signed.key_id not in listed and not any(_counted(key, signed) for key in member.keys):
        raise ConsentError("KEY_UNKNOWN", f"not a signing key of {consent.province} at the time it was taken")
    if not signed.certificate.public_key.verify(pae(PAYLOAD_TYPE, signed.payload), signed.signature):
        raise ConsentError("SIGNATURE_INVALID", "the signature does not fit what is consented to")


def _counted(key: Key, signed: SignedConsent) -> bool:
    """Whether a line of the key history lets the signature count: given up in an ordinary rotation, after the consent was taken."""
    if key.key_id != signed.key_id or key.usage != KeyUsage.SIGNING.value or key.reason != Closed.ROTATED.value:
        return False
    return datetime.fromisoformat(signed.consent.taken) <= instant(key.until) + MAX_SKEW


def _consent(payload: bytes) -> Consent:
    """The consent in a payload; members of other names are refused, so that nothing signed goes unread.

    Raises:
        ConsentError: MALFORMED.
    """
    try:
        raw: dict[str, Any] = canonical.loads(payload)
        if set(raw) != {one.name for one in fields(Consent)}:
            raise ConsentError("MALFORMED", "other members than a consent has")
        lists = {name: tuple(raw[name]) for name in ("types", "outputs", "fields") if isinstance(raw[name], list)}
        consent = Consent(**{**raw, **lists, "channel": Channel(raw["channel"]), "mode": Mode(raw["mode"])})
        check(consent)
    except (ValueError, TypeError) as error:
        raise ConsentError("MALFORMED", f"what is consented to: {type(error).__name__}") from error
    return consent


def check(consent: Consent) -> None:
    """The rules of the form.

    Raises:
        ConsentError: MALFORMED, with the member that breaks one.
    """
    for name, rule in _FORMS.items():
        value = getattr(consent, name)
        if not isinstance(value, str) or not rule.fullmatch(value):
            raise ConsentError("MALFORMED", name)
    for name in ("types", "outputs", "fields"):
        _check_list(name, getattr(consent, name))
    if not consent.types or not consent.outputs:
        raise ConsentError("MALFORMED", "types and outputs: at least one of each")
    counter, entrust = consent.channel is Channel.COUNTER, consent.mode is Mode.ENTRUST
    for name, needed in (("delegate", entrust), ("expression", counter), ("operator", counter)):
        value = getattr(consent, name)
        if not isinstance(value, str) or (_HEX.fullmatch(value) is not None) is not needed or (value and not needed):
            raise ConsentError(
                "MALFORMED", f"{name}: 64 hex digits where {consent.channel} and {consent.mode} ask for it"
            )
    _check_times(consent)


_FORMS = {
    "id": _WORD,
    "province": _PROVINCE,
    "grantor": _HEX,
    "grantee_province": _PROVINCE,
    "grantee_unit": re.compile(r"[0-9A-Z]{18}"),
    "item": re.compile(r"[^\s\x00-\x1f\x7f]{1,64}"),
}


def _check_list(name: str, values: Any) -> None:
    """A short list of short words, none twice.

    Raises:
        ConsentError: MALFORMED.
    """
    words = isinstance(values, tuple) and all(isinstance(one, str) and 0 < len(one) <= _MAX_WORD for one in values)
    if not words or len(values) > _MAX_LIST or len(set(values)) != len(values):
        raise ConsentError(
            "MALFORMED", f"{name}: at most {_MAX_LIST} words of at most {_MAX_WORD} characters, none twice"
        )


def _check_times(consent: Consent) -> None:
    try:
        since, until, taken = (datetime.fromisoformat(one) for one in (consent.since, consent.until, consent.taken))
        ahead, held, backdated = until - taken, until - since, taken - since
    except (ValueError, TypeError, OverflowError) as error:
        raise ConsentError("MALFORMED", "since, until, taken: times with an offset") from error
    if None in {since.tzinfo, until.tzinfo, taken.tzinfo}:
        raise ConsentError("MALFORMED", "since, until, taken: times with an offset")
    if held <= timedelta(0) or ahead > MAX_VALIDITY:
        raise ConsentError("MALFORMED", f"until: after since, and within {MAX_VALIDITY.days} days of when it was taken")
    if backdated > MAX_SKEW:
        raise ConsentError("MALFORMED", "since: not before it was taken")

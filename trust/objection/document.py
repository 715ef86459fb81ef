"""The signed form of an objection, a withdrawal or a move: canonical JSON inside DSSE, the signing certificate beside the signature. P5.

The certificate is there because cases outlive rotations of keys: the membership's key history says which keys count.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from trust import canonical, gm
from trust.envelope import pae
from trust.errors import IdentityError, ObjectionError
from trust.identity import Certificate
from trust.membership import Membership, signing_key_counts
from trust.objection.records import Move, Raised, RaisedBy, Record, State, Withdrawn, check, payload

MAX_DOCUMENT_BYTES = 16_384
_SIGNATURE_BYTES = 64
_KINDS: Mapping[str, type[Raised | Withdrawn | Move]] = {
    "application/vnd.certmesh.objection.v1+json": Raised,
    "application/vnd.certmesh.objection-withdrawal.v1+json": Withdrawn,
    "application/vnd.certmesh.objection-move.v1+json": Move,
}
_TYPES = {model: name for name, model in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A document whose form is right, its exact payload and the one signature; not believed before `verify`.

    `digest` is the SM3 (hex) of the payload.
    """

    record: Record
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
        body = base64.b64encode(self.payload).decode()
        return canonical.dumps({"payloadType": _TYPES[type(self.record)], "payload": body, "signatures": [signature]})


def to_sign(record: Record) -> bytes:
    """The bytes that a signature over a record is over.

    Raises:
        ObjectionError: MALFORMED: it breaks a rule of its form.
    """
    check(record)
    return pae(_TYPES[type(record)], payload(record))


def signed_as(record: Record, *, certificate: Certificate, signature: bytes) -> Signed:
    """A record with the signature that was made over `to_sign`: 64 raw bytes r‖s."""
    body = payload(record)
    return Signed(record=record, payload=body, digest=gm.sm3(body).hex(), certificate=certificate, signature=signature)


def sign(record: Record, *, certificate: Certificate, signer: Callable[[bytes], bytes]) -> Signed:
    """A record signed by the province that makes it. `signer` makes 64 raw bytes r‖s.

    Raises:
        ObjectionError: MALFORMED: it breaks a rule of its form.
    """
    return signed_as(record, certificate=certificate, signature=signer(to_sign(record)))


def read(document: bytes) -> Signed:
    """Read a document and check its form; nothing is believed yet.

    Raises:
        ObjectionError: MALFORMED or TOO_LARGE.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise ObjectionError("TOO_LARGE", f"a document has at most {MAX_DOCUMENT_BYTES} bytes")
    try:
        outer = json.loads(document)
        body = base64.b64decode(outer["payload"], validate=True)
        (one,) = outer["signatures"]
        signature, der = (base64.b64decode(one[name], validate=True) for name in ("sig", "cert"))
        kind, key_id = _KINDS[outer["payloadType"]], one["keyid"]
        certificate = _certificate(der)
    except (ValueError, KeyError, TypeError, RecursionError, IdentityError) as error:
        raise ObjectionError("MALFORMED", f"the document: {type(error).__name__}") from error
    if key_id != certificate.fingerprint or len(signature) != _SIGNATURE_BYTES:
        raise ObjectionError("MALFORMED", "a signature that is not its certificate's")
    return Signed(
        record=_record(kind, body),
        payload=body,
        digest=gm.sm3(body).hex(),
        certificate=certificate,
        signature=signature,
    )


def verify(signed: Signed, membership: Membership) -> None:
    """Check that a signing key of the province that made it has signed, one that counted at that time.

    Raises:
        ObjectionError: NOT_A_MEMBER, KEY_UNKNOWN or SIGNATURE_INVALID.
    """
    record = signed.record
    member = membership.by_province.get(record.signer)
    if member is None or not member.active:
        raise ObjectionError("NOT_A_MEMBER", f"{record.signer} is not a member")
    if not signing_key_counts(member, signed.key_id, record.made):
        raise ObjectionError("KEY_UNKNOWN", f"not a signing key of {record.signer} at the time it was made")
    if not signed.certificate.public_key.verify(pae(_TYPES[type(record)], signed.payload), signed.signature):
        raise ObjectionError("SIGNATURE_INVALID", "the signature does not fit the document")


@lru_cache(maxsize=256)  # reading one takes most of a millisecond; many documents are signed with few
def _certificate(der: bytes) -> Certificate:
    return Certificate.from_der(der)


def _record(kind: type[Raised | Withdrawn | Move], body: bytes) -> Record:
    """The record in a payload; members of other names are refused, so that nothing signed goes unread.

    Raises:
        ObjectionError: MALFORMED.
    """
    try:
        raw: dict[str, Any] = canonical.loads(body)
        later = {"salt"} if kind is Raised else set()
        if set(raw) | later != {one.name for one in fields(kind)}:
            raise ObjectionError("MALFORMED", "other members than such a document has")
        if kind is Raised:
            raw = {**raw, "by": RaisedBy(raw["by"]), "fields": tuple(raw["fields"])}
        if kind is Move:
            raw = {**raw, "state": State(raw["state"])}
        record = kind(**raw)
        check(record)
    except (ValueError, TypeError) as error:
        raise ObjectionError("MALFORMED", f"what it says: {type(error).__name__}") from error
    return record

"""The membership document as it travels: DSSE in JSON around the exact payload bytes, with the signatures gathered so far.

Who must have signed is `trust.membership.succession`; here only: in which form, and whose signatures are good.
"""

import base64
import json
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from trust import gm
from trust.envelope import pae
from trust.errors import MembershipError
from trust.membership.flaws import Flaw
from trust.membership.records import Membership

PAYLOAD_TYPE = "application/vnd.certmesh.membership.v1+json"
MAX_DOCUMENT_BYTES = 1 << 20
MAX_SIGNATURES = 256  # every member with its old and its new key, twice over
_MAX_KEY_ID = 64
_MAX_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMembership:
    """The exact payload bytes with the signatures gathered so far: key id (hex) to raw r‖s."""

    payload: bytes
    signatures: Mapping[str, bytes]

    @property
    def fingerprint(self) -> str:
        """SM3 of the payload in hex: what operators compare at first contact, and what the next version calls `previous`."""
        return gm.sm3(self.payload).hex()

    def to_dict(self) -> dict[str, Any]:
        """The DSSE form as JSON values."""
        return {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(self.payload).decode(),
            "signatures": [
                {"keyid": key_id, "sig": base64.b64encode(sig).decode()}
                for key_id, sig in sorted(self.signatures.items())
            ],
        }

    def to_json(self) -> bytes:
        """The DSSE JSON form, indented for people; only the payload is signed."""
        return json.dumps(self.to_dict(), indent=2).encode() + b"\n"


def signed_from_json(document: bytes) -> SignedMembership:
    """Read the DSSE form without believing it yet.

    Raises:
        MembershipError: MALFORMED: too large, not in form, of another type, or a key that signed twice.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise MembershipError(Flaw.MALFORMED, "the membership document is larger than 1 MiB")
    try:
        return signed_from_dict(json.loads(document))
    except (ValueError, RecursionError) as error:
        raise MembershipError(
            Flaw.MALFORMED, f"the membership document is malformed: {type(error).__name__}"
        ) from error


def signed_from_dict(outer: Any) -> SignedMembership:
    """Read the DSSE form from JSON values whose size the caller has bounded.

    Raises:
        MembershipError: MALFORMED, as `signed_from_json`.
    """
    try:
        if outer["payloadType"] != PAYLOAD_TYPE:
            raise MembershipError(Flaw.MALFORMED, "not a membership document")
        listed = outer["signatures"]
        if not isinstance(listed, list) or len(listed) > MAX_SIGNATURES:
            raise MembershipError(
                Flaw.MALFORMED, f"the membership document is malformed: over {MAX_SIGNATURES} signatures"
            )
        signatures = {str(one["keyid"]): base64.b64decode(one["sig"], validate=True) for one in listed}
        payload = base64.b64decode(outer["payload"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise MembershipError(
            Flaw.MALFORMED, f"the membership document is malformed: {type(error).__name__}"
        ) from error
    if len(listed) != len(signatures):
        raise MembershipError(Flaw.MALFORMED, "a key signed twice")
    if any(len(name) > _MAX_KEY_ID or len(sig) > _MAX_SIGNATURE_BYTES for name, sig in signatures.items()):
        raise MembershipError(Flaw.MALFORMED, "the membership document is malformed: a signature that is too long")
    return SignedMembership(payload=payload, signatures=signatures)


def add_signature(signed: SignedMembership, *, key_id: str, signer: Callable[[bytes], bytes]) -> SignedMembership:
    """The same document with one more signature."""
    signature = signer(pae(PAYLOAD_TYPE, signed.payload))
    return replace(signed, signatures={**signed.signatures, key_id: signature})


def combined(one: SignedMembership, other: SignedMembership, membership: Membership) -> SignedMembership:
    """One document with the signatures of both; `membership` is what it says.

    Where both have different bytes for one key, those stay that verify under the key which the document lists, so that nobody can wipe
    out a signature with a bad one.

    Raises:
        MembershipError: MALFORMED: they are two documents.
    """
    if one.payload != other.payload:
        raise MembershipError(Flaw.MALFORMED, "signatures of two different documents are not put together")
    message = pae(PAYLOAD_TYPE, one.payload)
    listed = {each.fingerprint: each for member in membership.members for each in member.signing_certificates}
    signatures = dict(one.signatures)
    for name, signature in other.signatures.items():
        held = signatures.setdefault(name, signature)
        if held != signature and name in listed and not listed[name].public_key.verify(message, held):
            signatures[name] = signature
    return replace(one, signatures=signatures)


def signers(
    signed: SignedMembership, membership: Membership, judged: MutableMapping[str, bool] | None = None
) -> tuple[str, ...]:
    """The provinces that have validly signed with the key that `membership` names as in use; all other signatures count for nothing.

    Only the first key of a member has a voice. One that is announced is not in use yet, and one that is tolerated after a rotation only
    still proves messages: whoever stole it must not vote with it. Dates of certificates do not matter here: a mesh whose certificates
    have all run out must still be able to name new ones. `judged` remembers, by key id, what has been verified of this one document.
    """
    message = pae(PAYLOAD_TYPE, signed.payload)
    known = {} if judged is None else judged
    found = []
    for province in membership.provinces:
        certificate = membership.member(province).signing_certificate
        name = certificate.fingerprint
        if name not in known:
            known[name] = certificate.public_key.verify(message, signed.signatures.get(name, b""))
        if known[name]:
            found.append(province)
    return tuple(found)

"""The membership document: which provinces belong to the mesh, and with which keys and endpoints. DESIGN §4 (**fixed** format).

A DSSE envelope in JSON around canonical JSON. This module founds, signs, reads and checks one document; how version N becomes N+1 is a
later issue, for which version, previous digest, threshold and key history already have their place. No files, no clock of its own.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from trust import canonical, gm
from trust.envelope import pae
from trust.errors import IdentityError, MembershipError
from trust.identity import Certificate, Usage, verify_chain
from trust.tls import tls_pin

PAYLOAD_TYPE = "application/vnd.certmesh.membership.v1+json"
MAX_DOCUMENT_BYTES = 1 << 20
MAX_MEMBERS = 64


class MemberStatus(StrEnum):
    """Whether a member takes part."""

    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One line of a member's key history. `until` and `reason` are "" while the key is in use; `key_id` is the certificate's SM3 (hex)."""

    key_id: str
    usage: str
    since: str
    until: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One province: endpoints as host:port, certificates as PEM, pins as hex SHA-256 of the TLS public key."""

    province: str
    name: str
    endpoints: tuple[str, ...]
    ca: str
    signing: str
    encryption: str
    tls: str
    tls_pins: tuple[str, ...]
    status: MemberStatus
    keys: tuple[Key, ...]

    @property
    def signing_certificate(self) -> Certificate:
        """The identity certificate that verifies what this member signs."""
        return Certificate.from_pem(self.signing)

    @property
    def encryption_certificate(self) -> Certificate:
        """The identity certificate that messages to this member are sealed to."""
        return Certificate.from_pem(self.encryption)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One version of the document."""

    version: int
    issued: str
    expires: str
    previous: str
    threshold: int
    members: tuple[Member, ...]

    def member(self, province: str) -> Member:
        """The member with this code.

        Raises:
            MembershipError: there is none, or it was removed.
        """
        for member in self.members:
            if member.province == province and member.status is MemberStatus.ACTIVE:
                return member
        raise MembershipError(f"{province} is not a member")

    @property
    def provinces(self) -> tuple[str, ...]:
        """The codes of the active members, ordered."""
        return tuple(sorted(one.province for one in self.members if one.status is MemberStatus.ACTIVE))

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMembership:
    """The exact payload bytes with the signatures gathered so far: key id (hex) to raw r‖s."""

    payload: bytes
    signatures: Mapping[str, bytes]

    @property
    def fingerprint(self) -> str:
        """SM3 of the payload in hex: what operators compare at first contact."""
        return gm.sm3(self.payload).hex()

    def to_json(self) -> bytes:
        """The DSSE JSON form, indented for people; only the payload is signed."""
        document = {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(self.payload).decode(),
            "signatures": [
                {"keyid": key_id, "sig": base64.b64encode(sig).decode()}
                for key_id, sig in sorted(self.signatures.items())
            ],
        }
        return json.dumps(document, indent=2).encode() + b"\n"


def signed_from_json(document: bytes) -> SignedMembership:
    """Read the DSSE form without believing it yet.

    Raises:
        MembershipError: too large, malformed, of another type, or a key that signed twice.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise MembershipError("the membership document is larger than 1 MiB")
    try:
        outer = json.loads(document)
        if outer["payloadType"] != PAYLOAD_TYPE:
            raise MembershipError("not a membership document")
        signatures = {str(one["keyid"]): base64.b64decode(one["sig"], validate=True) for one in outer["signatures"]}
        payload = base64.b64decode(outer["payload"], validate=True)
        count = len(outer["signatures"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MembershipError(f"the membership document is malformed: {type(error).__name__}") from error
    if count != len(signatures):
        raise MembershipError("a key signed twice")
    return SignedMembership(payload=payload, signatures=signatures)


def parse(payload: bytes) -> Membership:
    """Read the payload and check that it is whole; signatures are `verify`'s matter.

    Raises:
        MembershipError: malformed, or a member whose certificates, pins or codes do not fit together.
    """
    try:
        raw = canonical.loads(payload)
        membership = _from_dict(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise MembershipError(f"the membership payload is malformed: {error}") from error
    check(membership)
    return membership


def _from_dict(raw: dict[str, Any]) -> Membership:
    members = tuple(
        Member(
            **_plain(Member, one),
            endpoints=_texts(one["endpoints"]),
            tls_pins=_texts(one["tls_pins"]),
            status=MemberStatus(one["status"]),
            keys=tuple(Key(**_plain(Key, key)) for key in one["keys"]),
        )
        for one in raw["members"]
    )
    return Membership(**_plain(Membership, raw), members=members)


def _plain(record: type[Membership | Member | Key], raw: dict[str, Any]) -> dict[str, Any]:
    """The texts and numbers of a record; members of other names are refused, so that nothing signed goes unread.

    Raises:
        TypeError: a member of another name or type.
    """
    wanted = {one.name: one.type for one in fields(record)}
    if unknown := set(raw) - set(wanted):
        raise TypeError(f"unknown members: {', '.join(sorted(unknown))}")
    plain = {name: value for name, value in raw.items() if wanted[name] in {str, int}}
    for name, value in plain.items():
        if type(value) is not wanted[name]:
            raise TypeError(f"{name} is of the wrong type")
    return plain


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("not a list of texts")
    return tuple(value)


def check(membership: Membership) -> None:
    """Check what can be checked without signatures: counts, codes, chains and pins.

    Raises:
        MembershipError: the first rule that is broken.
    """
    codes = [one.province for one in membership.members]
    if not 1 <= len(codes) <= MAX_MEMBERS or len(set(codes)) != len(codes):
        raise MembershipError(f"between 1 and {MAX_MEMBERS} members, each province once")
    if not 1 <= membership.threshold <= len(membership.provinces):
        raise MembershipError("the threshold is not between 1 and the number of active members")
    if membership.version < 1:
        raise MembershipError("versions count from 1")
    pins = [pin for member in membership.members for pin in member.tls_pins]
    if len(set(pins)) != len(pins):
        raise MembershipError("a TLS key serves one member")
    try:
        start, end = datetime.fromisoformat(membership.issued), datetime.fromisoformat(membership.expires)
        if start.tzinfo is None or end.tzinfo is None or end <= start:
            raise MembershipError("issued and expires are times with an offset, in this order")
        for member in membership.members:
            _check_member(member, start)
    except (IdentityError, ValueError) as error:
        raise MembershipError(str(error)) from error


def _check_member(member: Member, at: datetime) -> None:
    """A member's chain, province and pin fit together at the time of issue."""
    if len(member.province) != 6 or not member.province.isdigit():  # noqa: PLR2004 - GB/T 2260 codes have six digits
        raise MembershipError("a province code has six digits")
    ca = Certificate.from_pem(member.ca)
    for pem, usage in ((member.signing, Usage.SIGNING), (member.encryption, Usage.ENCRYPTION)):
        certificate = Certificate.from_pem(pem)
        verify_chain(certificate, ca, usage=usage, at=at)
        if certificate.province != member.province:
            raise MembershipError(f"{member.province}: the {usage} certificate is of another province")
    if tls_pin(member.tls.encode()) not in member.tls_pins:
        raise MembershipError(f"{member.province}: the TLS certificate does not match its pins")
    if not member.endpoints:
        raise MembershipError(f"{member.province}: no endpoint")


def add_signature(signed: SignedMembership, *, key_id: str, signer: Callable[[bytes], bytes]) -> SignedMembership:
    """The same document with one more signature."""
    signature = signer(pae(PAYLOAD_TYPE, signed.payload))
    return replace(signed, signatures={**signed.signatures, key_id: signature})


def signers(signed: SignedMembership, membership: Membership) -> tuple[str, ...]:
    """The provinces whose current signing key has validly signed; unknown keys and bad signatures count for nothing."""
    message = pae(PAYLOAD_TYPE, signed.payload)
    found = []
    for province in membership.provinces:
        certificate = membership.member(province).signing_certificate
        signature = signed.signatures.get(certificate.fingerprint, b"")
        if certificate.public_key.verify(message, signature):
            found.append(province)
    return tuple(found)


def verify(signed: SignedMembership, *, now: datetime) -> Membership:
    """Check a first membership document wholly: it is signed by all its members, and it has not expired.

    Raises:
        MembershipError: which rule is broken.
    """
    membership = parse(signed.payload)
    if membership.version != 1 or membership.previous:
        raise MembershipError("this version of certmesh reads the first membership document only")
    missing = set(membership.provinces) - set(signers(signed, membership))
    if missing:
        raise MembershipError(f"not signed by {', '.join(sorted(missing))}; run `certmesh membership sign` there")
    if now > datetime.fromisoformat(membership.expires):
        raise MembershipError(f"expired at {membership.expires}")
    return membership

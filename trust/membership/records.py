"""What a membership document says, as frozen records: members, their certificates and their key history. DESIGN §4 (**fixed** format).

Reading bounds every count before a certificate is parsed; whether the parts fit together is `trust.membership.document`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from trust import canonical, gm
from trust.errors import MembershipError
from trust.identity import Certificate
from trust.membership.certificates import MAX_LISTED, MAX_PEM, blocks, joined, key_id, parsed
from trust.membership.flaws import Flaw

MAX_MEMBERS = 64  # those removed are among them
MAX_KEYS = 256  # lines of one member's history
MAX_ENDPOINTS = 8
MAX_TEXT = 128  # characters of a name, an endpoint, a time


class MemberStatus(StrEnum):
    """Whether a member takes part."""

    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


class KeyUsage(StrEnum):
    """What a listed certificate is for."""

    SIGNING = "signing"
    ENCRYPTION = "encryption"
    TLS = "tls"


class Closed(StrEnum):
    """Why a certificate is no longer listed."""

    ROTATED = "rotated"
    COMPROMISED = "compromised"
    LOST = "lost"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One line of a member's key history. `until` and `reason` are "" while it is listed; `key_id` is the certificate's SM3 (hex)."""

    key_id: str
    usage: str
    since: str
    until: str = ""
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether the certificate is listed."""
        return not self.until

    @property
    def burnt(self) -> bool:
        """Whether it was given up because the key may be in other hands, or is in nobody's."""
        return self.reason in {Closed.COMPROMISED.value, Closed.LOST.value}

    @property
    def disowned(self) -> bool:
        """Whether what it signed before counts no more: it was not given up in an ordinary rotation."""
        return not self.open and self.reason != Closed.ROTATED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One province: endpoints as host:port, certificates as PEM, pins as hex SHA-256 of the TLS public key.

    `signing`, `encryption` and `tls` hold one to three certificates each, the one in use first; `tls_pins` follows the order of `tls`.
    A member that was removed keeps its last certificates, so that what it signed can still be judged.
    """

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
    def active(self) -> bool:
        """Whether it takes part."""
        return self.status is MemberStatus.ACTIVE

    @property
    def signing_certificates(self) -> tuple[Certificate, ...]:
        """The identity certificates that verify what this member signs, the one in use first."""
        return tuple(parsed(pem) for pem in blocks(self.signing))

    @property
    def encryption_certificates(self) -> tuple[Certificate, ...]:
        """The identity certificates that messages to this member may be sealed to, the one in use first."""
        return tuple(parsed(pem) for pem in blocks(self.encryption))

    @property
    def signing_certificate(self) -> Certificate:
        """The one in use."""
        return parsed(blocks(self.signing)[0])

    @property
    def encryption_certificate(self) -> Certificate:
        """The one in use."""
        return parsed(blocks(self.encryption)[0])

    @property
    def tls_certificates(self) -> tuple[bytes, ...]:
        """The channel certificates as PEM, the one in use first."""
        return tuple(pem.encode() for pem in blocks(self.tls))

    def listed(self, usage: KeyUsage) -> tuple[str, ...]:
        """The PEM certificates for one purpose, the one in use first."""
        return blocks({KeyUsage.SIGNING: self.signing, KeyUsage.ENCRYPTION: self.encryption}.get(usage, self.tls))

    def listed_ids(self) -> tuple[tuple[str, str], ...]:
        """(key id, usage) of everything that is listed."""
        return tuple((key_id(pem), usage.value) for usage in KeyUsage for pem in self.listed(usage))


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """A province as it introduces itself, in a card: one certificate for each purpose, as PEM."""

    province: str
    name: str
    endpoints: tuple[str, ...]
    ca: str
    signing: str
    encryption: str
    tls: str

    @classmethod
    def of(cls, member: Member) -> Self:
        """What a member with one certificate for each purpose has introduced itself with."""
        return cls(**{one.name: getattr(member, one.name) for one in fields(cls)})

    @property
    def fingerprint(self) -> str:
        """The SM3 (hex) of all of it, to be compared with the province over another channel before anybody signs it in."""
        pems = {name: joined(getattr(self, name)) for name in ("ca", "signing", "encryption", "tls")}
        return gm.sm3(canonical.dumps({**asdict(self), **pems})).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One version of the document. `previous` is the SM3 (hex) of the payload before it, "" in version 1.

    `witness_quorum`: how many active members other than a log's owner must have cosigned a head of it before the head counts as witnessed;
    0, and absent from the document: the members have no such policy.
    """

    version: int
    issued: str
    expires: str
    previous: str
    threshold: int
    members: tuple[Member, ...]
    witness_quorum: int = 0

    def member(self, province: str) -> Member:
        """The member with this code.

        Raises:
            MembershipError: there is none, or it was removed.
        """
        for member in self.members:
            if member.province == province and member.active:
                return member
        raise MembershipError(Flaw.NOT_A_MEMBER, f"{province} is not a member")

    @property
    def by_province(self) -> Mapping[str, Member]:
        """Every member by its code, those removed among them."""
        return {one.province: one for one in self.members}

    @property
    def provinces(self) -> tuple[str, ...]:
        """The codes of the active members, ordered."""
        return tuple(sorted(one.province for one in self.members if one.active))

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        said = asdict(self)
        if not self.witness_quorum:
            del said["witness_quorum"]  # documents from before the policy keep their bytes
        return canonical.dumps(said)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Read the parsed JSON; every count is bounded first.

        Raises:
            ValueError, KeyError, TypeError: not this record.
        """
        if raw.get("witness_quorum") == 0:
            raise ValueError("witness_quorum is left out where it is 0")
        return cls(
            **_plain(Membership, raw), members=tuple(_member(one) for one in _several(raw["members"], MAX_MEMBERS))
        )


def _member(raw: Mapping[str, Any]) -> Member:
    return Member(
        **_plain(Member, raw),
        endpoints=_texts(raw["endpoints"], MAX_ENDPOINTS),
        tls_pins=_texts(raw["tls_pins"], MAX_LISTED),
        status=MemberStatus(raw["status"]),
        keys=tuple(Key(**_plain(Key, key)) for key in _several(raw["keys"], MAX_KEYS)),
    )


def _plain(record: type[Membership | Member | Key], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The texts and numbers of a record; members of other names are refused, so that nothing signed goes unread.

    Raises:
        TypeError: a member of another name or type.
        ValueError: a text that is too long.
    """
    wanted = {one.name: one.type for one in fields(record)}
    if unknown := set(raw) - set(wanted):
        raise TypeError(f"unknown members: {', '.join(map(repr, sorted(unknown)[:3]))}")
    plain = {name: value for name, value in raw.items() if wanted[name] in {str, int}}
    for name, value in plain.items():
        if type(value) is not wanted[name]:
            raise TypeError(f"{name} is of the wrong type")
        if isinstance(value, str) and len(value) > _longest(name):
            raise ValueError(f"{name} is too long")
    return plain


def _longest(name: str) -> int:
    return MAX_LISTED * MAX_PEM if name in {"ca", "signing", "encryption", "tls"} else MAX_TEXT


def _several(value: Any, limit: int) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    if len(value) > limit:
        raise ValueError(f"a list of more than {limit}")
    return value


def _texts(value: Any, limit: int) -> tuple[str, ...]:
    several = _several(value, limit)
    if not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in several):
        raise TypeError("not a list of short texts")
    return tuple(several)

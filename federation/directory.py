"""The peers as the membership document names them: endpoint, keys and TLS certificates by province. Peers come from nowhere else.

One object for the life of a node, which `adopt` replaces whole by a newer version: whoever holds it sees the members of this moment.
Certificates are parsed and keys loaded once per version, so that no message costs a parse. Signing keys that an earlier version listed
are remembered, because what was signed with them then stays signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from trust import gm
from trust.membership import Closed, Key, KeyUsage, Member, Membership, instant
from trust.sealing import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One member, ready for use. Of each usage the first certificate is in use; the others are accepted beside it.

    `signing_keys` are all listed signing keys by their certificate's fingerprint, `tls_certificates` all listed ones as one PEM text.
    """

    province: str
    name: str
    endpoint: str
    signing_keys: Mapping[str, gm.PublicKey]
    encryption_key_ids: tuple[str, ...]
    recipient: Recipient
    tls_certificates: bytes
    tls_pins: tuple[str, ...]

    @property
    def signing_key_id(self) -> str:
        """The fingerprint of the signing certificate in use."""
        return next(iter(self.signing_keys))

    @property
    def signing_key(self) -> gm.PublicKey:
        """The signing key in use."""
        return self.signing_keys[self.signing_key_id]

    def listed_signing_key(self, key_id: str) -> tuple[str, gm.PublicKey]:
        """The signing key of this fingerprint where it is listed, otherwise the one in use."""
        found = key_id if key_id in self.signing_keys else self.signing_key_id
        return found, self.signing_keys[found]


class Directory:
    """All active members, by province. Owned by the event loop."""

    def __init__(self, membership: Membership) -> None:
        """Load every active member's keys."""
        self.adopt(membership)

    def adopt(self, membership: Membership) -> None:
        """Take a newer version in place of the one held; its rules were checked before (`trust.membership`)."""
        self._membership = membership
        self._expires = instant(membership.expires)
        self._peers = {code: _peer(membership.member(code)) for code in membership.provinces}
        self._by_pin = {pin: code for code, peer in self._peers.items() for pin in peer.tls_pins}

    @property
    def membership(self) -> Membership:
        """The version in force here."""
        return self._membership

    @property
    def version(self) -> int:
        """Its number."""
        return self._membership.version

    @property
    def peers(self) -> Mapping[str, Peer]:
        """Members by province code, this node among them."""
        return self._peers

    @property
    def provinces(self) -> tuple[str, ...]:
        """The codes of all active members, ordered."""
        return tuple(sorted(self._peers))

    def others(self, me: str) -> tuple[str, ...]:
        """The other provinces, ordered."""
        return tuple(code for code in self.provinces if code != me)

    def expired(self, now: datetime) -> bool:
        """Whether the version in force here has run out."""
        return now > self._expires

    def province_of_pin(self, pin: str) -> str | None:
        """Whose TLS key this is."""
        return self._by_pin.get(pin)

    def rotated_signing_keys(self, province: str) -> frozenset[str]:
        """The fingerprints that count on what was signed a while ago: those listed, and those given up in an ordinary rotation."""
        gone = {
            one.key_id
            for one in self._lines(province)
            if one.usage == KeyUsage.SIGNING.value and one.reason == Closed.ROTATED.value
        }
        peer = self._peers.get(province)
        return frozenset(gone | set(peer.signing_keys if peer else ()))

    def _lines(self, province: str) -> tuple[Key, ...]:
        member = self._membership.by_province.get(province)
        return member.keys if member else ()


def _peer(member: Member) -> Peer:
    signing, encryption = member.signing_certificates, member.encryption_certificates
    in_use = encryption[0]
    return Peer(
        province=member.province,
        name=member.name,
        endpoint=member.endpoints[0],
        signing_keys={one.fingerprint: one.public_key for one in signing},
        encryption_key_ids=tuple(one.fingerprint for one in encryption),
        recipient=Recipient(province=member.province, key_id=in_use.fingerprint, public_key=in_use.public_key),
        tls_certificates=member.tls.encode(),
        tls_pins=member.tls_pins,
    )

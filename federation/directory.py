"""The peers as the membership document names them: endpoint, keys and TLS certificate by province. Peers come from nowhere else.

Built once per membership version, with certificates parsed and keys loaded, so that no message costs a parse.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trust import gm
from trust.membership import Member, Membership
from trust.sealing import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One member, ready for use."""

    province: str
    name: str
    endpoint: str
    signing_key_id: str
    signing_key: gm.PublicKey
    recipient: Recipient
    tls_certificate: bytes
    tls_pins: tuple[str, ...]


class Directory:
    """All active members, by province."""

    def __init__(self, membership: Membership) -> None:
        """Load every active member's keys."""
        self._peers = {code: _peer(membership.member(code)) for code in membership.provinces}
        self._by_pin = {pin: code for code, peer in self._peers.items() for pin in peer.tls_pins}

    @property
    def peers(self) -> Mapping[str, Peer]:
        """Members by province code, this node among them."""
        return self._peers

    def others(self, me: str) -> tuple[str, ...]:
        """The other provinces, ordered."""
        return tuple(code for code in sorted(self._peers) if code != me)

    def province_of_pin(self, pin: str) -> str | None:
        """Whose TLS key this is."""
        return self._by_pin.get(pin)


def _peer(member: Member) -> Peer:
    signing, encryption = member.signing_certificate, member.encryption_certificate
    recipient = Recipient(province=member.province, key_id=encryption.fingerprint, public_key=encryption.public_key)
    return Peer(
        province=member.province,
        name=member.name,
        endpoint=member.endpoints[0],
        signing_key_id=signing.fingerprint,
        signing_key=signing.public_key,
        recipient=recipient,
        tls_certificate=member.tls.encode(),
        tls_pins=member.tls_pins,
    )

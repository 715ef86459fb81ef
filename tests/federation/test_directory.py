"""federation.directory: members by province and by TLS key."""

from dataclasses import replace

from federation.directory import Directory
from federation.testing import make_identities, make_membership
from tests.federation.samples import ANHUI, JIANGSU, PROVINCES, SHANGHAI, ZHEJIANG
from trust.membership import MemberStatus
from trust.tls import tls_pin

IDENTITIES = make_identities(PROVINCES)
MEMBERSHIP = make_membership(IDENTITIES)


def test_every_member_is_known_by_province_and_by_pin() -> None:
    directory = Directory(MEMBERSHIP)
    peer, identity = directory.peers[JIANGSU], IDENTITIES[JIANGSU]

    assert tuple(sorted(directory.peers)) == PROVINCES
    assert directory.others(JIANGSU) == (SHANGHAI, ZHEJIANG, ANHUI)
    assert directory.province_of_pin(tls_pin(identity.tls_certificate_pem)) == JIANGSU
    assert (peer.signing_key_id, peer.signing_key) == (
        identity.signing_certificate.fingerprint,
        identity.signing_key.public,
    )
    assert (peer.recipient.key_id, peer.recipient.public_key) == (
        identity.encryption_certificate.fingerprint,
        identity.encryption_key.public,
    )


def test_an_unknown_pin_is_nobodys() -> None:
    assert Directory(MEMBERSHIP).province_of_pin("00" * 32) is None


def test_a_removed_member_is_nobody() -> None:
    removed = replace(MEMBERSHIP.members[1], status=MemberStatus.REMOVED)
    directory = Directory(replace(MEMBERSHIP, members=(MEMBERSHIP.members[0], removed, *MEMBERSHIP.members[2:])))

    assert JIANGSU not in directory.peers
    assert directory.others(SHANGHAI) == (ZHEJIANG, ANHUI)
    assert directory.province_of_pin(removed.tls_pins[0]) is None

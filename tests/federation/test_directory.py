"""federation.directory: members by province and by TLS key, in the version of the moment."""

from dataclasses import replace

from federation.directory import Directory
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import ANHUI, JIANGSU, PROVINCES, SHANGHAI, ZHEJIANG
from tests.trust.membership.chain import Chain, fresh, introduction
from trust.membership import Closed, KeyUsage, MemberStatus, changes
from trust.tls import tls_pin

IDENTITIES = make_identities(PROVINCES)
MEMBERSHIP = make_membership(IDENTITIES)
OTHERS = (SHANGHAI, ZHEJIANG, ANHUI)


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


def test_a_newer_version_is_what_everybody_sees_from_then_on() -> None:
    """Keys that were listed once are remembered for what they signed; the new one is in use, the old one accepted beside it."""
    chain, next_keys = Chain.found(), fresh(JIANGSU)
    directory, pem = Directory(chain.current), next_keys.signing_certificate.pem
    old, new = IDENTITIES[JIANGSU].signing_certificate.fingerprint, next_keys.signing_certificate.fingerprint

    def seen() -> tuple[list[str], str]:
        return list(directory.peers[JIANGSU].signing_keys), directory.peers[JIANGSU].signing_key_id

    directory.adopt(chain.change(lambda one: changes.announce(one, JIANGSU, KeyUsage.SIGNING, pem), by=OTHERS))
    announced = seen()
    directory.adopt(chain.change(lambda one: changes.promote(one, JIANGSU, KeyUsage.SIGNING), by=OTHERS))
    promoted = seen()
    directory.adopt(chain.change(lambda one: changes.drop(one, JIANGSU, KeyUsage.SIGNING, Closed.ROTATED), by=OTHERS))

    assert (announced, promoted, seen()) == (([old, new], old), ([new, old], new), ([new], new))
    assert directory.version == 4
    assert directory.rotated_signing_keys(JIANGSU) == {old, new}


def test_a_key_that_was_compromised_counts_for_no_usage_copy() -> None:
    chain, next_keys = Chain.found(), fresh(JIANGSU)
    directory, pem = Directory(chain.current), next_keys.signing_certificate.pem
    directory.adopt(
        chain.change(lambda one: changes.substitute(one, JIANGSU, KeyUsage.SIGNING, pem, Closed.COMPROMISED), by=OTHERS)
    )

    assert directory.rotated_signing_keys(JIANGSU) == {next_keys.signing_certificate.fingerprint}


def test_every_listed_tls_key_is_the_members() -> None:
    chain, next_keys = Chain.found(), fresh(JIANGSU)
    directory, pem = Directory(chain.current), next_keys.tls_certificate_pem.decode()
    directory.adopt(chain.change(lambda one: changes.announce(one, JIANGSU, KeyUsage.TLS, pem), by=OTHERS))
    pins = [tls_pin(one.tls_certificate_pem) for one in (IDENTITIES[JIANGSU], next_keys)]

    assert [directory.province_of_pin(pin) for pin in pins] == [JIANGSU, JIANGSU]
    assert directory.peers[JIANGSU].tls_certificates.count(b"BEGIN CERTIFICATE") == 2


def test_a_province_that_joins_is_there_at_once() -> None:
    chain, newcomer = Chain.found(), "370000"
    directory = Directory(chain.current)
    directory.adopt(chain.change(lambda one: changes.add(one, introduction(fresh(newcomer))), by=OTHERS))

    assert newcomer in directory.others(JIANGSU)

"""Revocation lists in a node: which list is kept, what is said of a certificate, and that a restart knows what was known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation.sample_identities import make_identities, make_membership
from node.revocation import Listed, MemberCertificates, Revocations, Standing
from tests.trust.identity import pki
from tests.trust.identity.pki import CA, DAY, ENCRYPTION, NOW, SIGNING, crl, revoked
from trust.errors import IdentityError
from trust.identity import Certificate, ListState, Reason, make_crl, read_crl
from trust.membership import Membership

ME = "310000"
LATER = timedelta(hours=2)  # after NOW of pki, which is an hour ago


class Clock:
    def __init__(self) -> None:
        self.now = NOW + LATER

    def __call__(self) -> datetime:
        return self.now


def members() -> Mapping[str, Listed]:
    return {ME: Listed(ca=CA, certificates={one.fingerprint: one for one in (SIGNING, ENCRYPTION)})}


def make(folder: Path, clock: Clock | None = None, *, refuse: bool = False) -> Revocations:
    return Revocations(
        members,
        folder=folder / "crls",
        sources={ME: "/ca.crl"},
        refuse_stale=refuse,
        clock=Clock() if clock is None else clock,
    )


def test_without_a_list_nothing_is_known_and_nothing_is_refused(tmp_path: Path) -> None:
    held = make(tmp_path)

    assert held.standing(ME, SIGNING.fingerprint) == Standing()
    assert [(one.province, one.state, one.number) for one in held.statuses()] == [(ME, ListState.MISSING, None)]


@pytest.mark.parametrize("certificate", [SIGNING, ENCRYPTION], ids=["signing", "encryption"])
def test_a_revoked_certificate_is_named_with_date_reason_and_list(tmp_path: Path, certificate: Certificate) -> None:
    held = make(tmp_path)
    held.offer(ME, crl(revoked(certificate), number=4))
    other = ENCRYPTION if certificate is SIGNING else SIGNING
    found = held.standing(ME, certificate.fingerprint)

    assert found.reason == "CERTIFICATE_REVOKED"
    assert f"of {ME} was revoked at {NOW:%Y-%m-%d %H:%M:%SZ}: superseded; list 4" in found.detail
    assert held.standing(ME, other.fingerprint) == Standing()


@pytest.mark.parametrize(
    ("at", "reason", "refused"),
    [
        pytest.param(NOW, Reason.SUPERSEDED, True, id="revoked an hour ago"),
        pytest.param(NOW, Reason.KEY_COMPROMISE, True, id="compromised an hour ago"),
        pytest.param(NOW + timedelta(minutes=30), Reason.SUPERSEDED, True, id="revoked since the list was made"),
    ],
)
def test_the_moment_and_the_reason_decide(tmp_path: Path, at: datetime, reason: Reason, refused: bool) -> None:
    held = make(tmp_path)
    held.offer(ME, crl(revoked(at=at, reason=reason), made=max(NOW, at)))

    assert (held.standing(ME, SIGNING.fingerprint).reason == "CERTIFICATE_REVOKED") is refused


def test_a_stale_list_still_refuses_what_it_names_and_refuses_the_rest_only_if_told_to(tmp_path: Path) -> None:
    clock = Clock()
    warns, refuses = make(tmp_path / "a", clock), make(tmp_path / "b", clock, refuse=True)
    for one in (warns, refuses):
        one.offer(ME, crl(revoked()))
    clock.now = NOW + 8 * DAY

    assert warns.standing(ME, SIGNING.fingerprint).reason == "CERTIFICATE_REVOKED"
    assert warns.standing(ME, ENCRYPTION.fingerprint) == Standing()
    assert refuses.standing(ME, SIGNING.fingerprint).reason == "CERTIFICATE_REVOKED"
    assert refuses.standing(ME, ENCRYPTION.fingerprint).reason == "REVOCATION_STALE"
    assert warns.statuses()[0].state is ListState.STALE


def test_a_missing_list_refuses_only_if_told_to(tmp_path: Path) -> None:
    found = make(tmp_path, refuse=True).standing(ME, SIGNING.fingerprint)

    assert found.reason == "REVOCATION_STALE"
    assert "is missing, and identity.stale is refuse" in found.detail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(crl(number=2).der, "goes back", id="an older number"),
        pytest.param(
            crl(revoked(), number=3).der, "two different revocation lists number 3", id="another list of this number"
        ),
        pytest.param(crl(number=9, made=NOW + DAY).der, "from the future", id="one from the future"),
        pytest.param(b"", "malformed", id="nothing"),
        pytest.param(b"<html>", "malformed", id="a web page"),
        pytest.param(bytes(5 << 20), "at most", id="five MiB"),
    ],
)
def test_what_must_not_replace_a_list_does_not(tmp_path: Path, data: bytes, words: str) -> None:
    held = make(tmp_path)
    held.offer(ME, crl(number=3))
    with pytest.raises(IdentityError, match=words):
        held.offer(ME, read_crl(data))

    assert held.number(ME) == 3


def test_another_cas_list_and_one_of_no_member_are_refused(tmp_path: Path) -> None:
    held = make(tmp_path)
    with pytest.raises(IdentityError, match="another CA"):
        held.offer(
            ME,
            make_crl(
                ca=pki.JIANGSU, ca_key=pki.OTHER_KEY, revoked=(), number=1, this_update=NOW, next_update=NOW + DAY
            ),
        )
    with pytest.raises(IdentityError, match="is not a member"):
        held.offer("320000", crl())


def test_a_restart_knows_the_list_and_its_number_and_goes_not_back(tmp_path: Path) -> None:
    first = make(tmp_path)
    assert first.offer(ME, crl(revoked(), number=5)) is True
    assert first.offer(ME, read_crl(first_der(first))) is False, "the same again"
    first.write(ME)

    second = make(tmp_path)
    second.load()
    assert second.number(ME) == 5
    assert second.standing(ME, SIGNING.fingerprint).reason == "CERTIFICATE_REVOKED"
    with pytest.raises(IdentityError, match="goes back"):
        second.offer(ME, crl(number=4))


def first_der(held: Revocations) -> bytes:
    kept = held._held[ME].crl
    assert kept is not None
    return kept.der


def test_a_damaged_cache_counts_as_missing_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "crls").mkdir()
    (tmp_path / "crls" / f"{ME}.crl").write_text("-----BEGIN X509 CRL-----\nx")
    held = make(tmp_path)
    held.load()

    assert held.statuses()[0].state is ListState.MISSING
    assert f"{ME}.crl: " in held.statuses()[0].problem


def test_a_failed_fetch_keeps_the_list_and_a_good_one_clears_the_problem(tmp_path: Path) -> None:
    held = make(tmp_path)
    held.offer(ME, crl())
    held.failed(ME, "the server answered 503" + "x" * 1000)
    assert held.statuses()[0].state is ListState.FRESH
    assert len(held.statuses()[0].problem) == 300
    held.offer(ME, crl(number=2))

    assert held.statuses()[0].problem == ""


def test_every_certificate_that_the_membership_lists_is_judged_also_announced_and_tolerated_ones() -> None:
    """A member's text holds one to three certificates; the first is in use."""
    one = make_membership(make_identities([ME])).member(ME)
    two = SIGNING.pem + one.signing
    listed = MemberCertificates(lambda: membership(two))()[ME]

    assert set(listed.certificates) == {
        SIGNING.fingerprint,
        one.signing_certificate.fingerprint,
        one.encryption_certificate.fingerprint,
    }


def membership(signing: str) -> Membership:
    whole = make_membership(make_identities([ME]))
    return replace(whole, members=(replace(whole.members[0], signing=signing),))


def test_a_new_membership_is_read_and_an_old_one_is_not_read_again() -> None:
    versions = [make_membership(make_identities([ME])), make_membership(make_identities([ME, "320000"]))]
    now = [versions[0]]
    certificates = MemberCertificates(lambda: now[0])
    first = certificates()

    assert certificates() is first
    now[0] = versions[1]
    assert set(certificates()) == {ME, "320000"}
    assert datetime.now(UTC) > NOW


def test_what_is_said_of_a_key_is_what_the_lists_own_rule_says(tmp_path: Path) -> None:
    """`standing` looks by a shorter way than `Crl.status`; over all reasons and moments it comes to the same."""
    for reason in Reason:
        for hours in (-1, 0, 1, 3):
            at = NOW + timedelta(hours=hours)
            listed = crl(revoked(at=at, reason=reason), made=NOW + timedelta(hours=3))
            for now in (NOW + timedelta(hours=3), NOW + 30 * DAY):
                clock = Clock()
                clock.now = now
                held = make(tmp_path, clock, refuse=True)
                held.offer(ME, listed)
                status = listed.status(SIGNING, now)
                bad = status.revoked or (status.revocation is not None and status.revocation.compromised)
                expected = (
                    "CERTIFICATE_REVOKED"
                    if bad
                    else ("" if status.list_state is ListState.FRESH else "REVOCATION_STALE")
                )
                assert held.standing(ME, SIGNING.fingerprint).reason == expected

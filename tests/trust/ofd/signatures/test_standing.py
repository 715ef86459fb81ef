"""Dates, chain and revocation: what each does to the verdict of a signature whose mathematics is right."""

from datetime import datetime, timedelta

import pytest

from tests.trust.ofd.signatures.makers import ISSUED, NOW, SIGNED_AT, crl, pem, pki, sealed, verified
from trust.errors import DocumentError
from trust.gm import PrivateKey
from trust.identity import Certificate as Identity
from trust.identity import Usage, issue, issue_ca
from trust.ofd import Mathematics, Trust, Verdict
from trust.ofd.signatures import Signer, der
from trust.ofd.signatures.certificate import find_chain, read_certificate
from trust.ofd.signatures.findings import Code
from trust.ofd.signatures.revocation import read_crl

DAY = timedelta(days=1)
ENTRIES = sealed()
PLAIN = sealed(Signer(certificate=pki().signer, key=pki().signer_key))


def _codes(trust: Trust, *, at: datetime = NOW) -> set[Code]:
    return {finding.code for one in verified(ENTRIES, trust=trust, at=at).signatures for finding in one.findings}


def _with_crl(revoked: dict[bytes, tuple[datetime, int | None]], *, next_update: datetime = NOW + DAY) -> Trust:
    return Trust.from_bytes(anchors=[pki().ca], crls=[crl(pki(), revoked, next_update=next_update)])


def test_a_chain_to_the_trust_list_makes_it_valid() -> None:
    report = verified(ENTRIES)

    assert report.verdict is Verdict.VALID
    assert any(reason.startswith("证书链到达信任列表") for reason in report.signatures[0].reasons)


@pytest.mark.parametrize(
    "anchors",
    [
        pytest.param([], id="no trust list"),
        pytest.param([pki("另一").ca], id="another CA of another name"),
        pytest.param([pki().maker], id="the seal maker alone"),
    ],
)
def test_without_a_chain_it_is_untrusted(anchors: list[bytes]) -> None:
    report = verified(ENTRIES, trust=Trust.from_bytes(anchors=anchors))

    assert (report.verdict, report.signatures[0].mathematics) == (Verdict.VALID_UNTRUSTED, Mathematics.VALID)


def test_an_anchor_with_the_cas_name_and_another_key_is_not_the_ca() -> None:
    impostor = PrivateKey.generate()
    ca = Identity.from_der(pki().ca)
    false_ca = issue_ca(province="310000", name="样例", key=impostor, now=ISSUED)

    assert false_ca.subject == ca.subject
    assert verified(ENTRIES, trust=Trust.from_bytes(anchors=[false_ca.der])).verdict is Verdict.VALID_UNTRUSTED


def test_an_end_certificate_issues_nothing() -> None:
    one, key = pki(), PrivateKey.generate()
    ca = Identity.from_der(one.ca)
    leaf = issue(
        ca=ca, ca_key=one.ca_key, province="310000", name="样例", usage=Usage.SIGNING, public_key=key.public, now=ISSUED
    )
    signer = read_certificate(one.signer)

    assert find_chain(signer, [read_certificate(leaf.der)], (), NOW) is None
    assert find_chain(signer, [read_certificate(one.ca)], (), NOW) == (signer, read_certificate(one.ca))
    assert find_chain(signer, [read_certificate(one.ca)], (), ISSUED - DAY) is None


@pytest.mark.parametrize(
    ("signed_at", "at", "verdict"),
    [
        pytest.param(SIGNED_AT, NOW + timedelta(days=3650), Verdict.VALID, id="long after, as of signing"),
        pytest.param(
            ISSUED + timedelta(days=500), NOW + timedelta(days=3650), Verdict.EXPIRED_AT_SIGNING, id="expired"
        ),
        pytest.param(ISSUED - DAY, NOW, Verdict.EXPIRED_AT_SIGNING, id="not yet in force"),
        pytest.param(NOW + timedelta(hours=1), NOW, Verdict.EXPIRED_AT_SIGNING, id="signed in the future"),
        pytest.param(NOW + timedelta(minutes=5), NOW, Verdict.VALID, id="a signer's clock a little ahead"),
    ],
)
def test_dates_are_judged_at_the_moment_of_signing(signed_at: datetime, at: datetime, verdict: Verdict) -> None:
    report = verified(sealed(signed_at=signed_at), at=at)

    assert verdict is report.verdict
    assert report.signatures[0].mathematics is Mathematics.VALID


@pytest.mark.parametrize(
    ("when", "reason", "code", "verdict"),
    [
        pytest.param(SIGNED_AT - DAY, None, Code.REVOKED, Verdict.EXPIRED_AT_SIGNING, id="before signing"),
        pytest.param(SIGNED_AT + DAY, None, Code.REVOKED_LATER, Verdict.VALID, id="after signing"),
        pytest.param(
            SIGNED_AT + DAY, 1, Code.COMPROMISED, Verdict.VALID_UNTRUSTED, id="after signing, key compromised"
        ),
    ],
)
def test_a_revoked_signer(when: datetime, reason: int | None, code: Code, verdict: Verdict) -> None:
    trust = _with_crl({pki().signer: (when, reason)})

    assert code in _codes(trust)
    assert verified(ENTRIES, trust=trust).verdict is verdict


def test_a_maker_revoked_before_the_seal_was_made_is_refused() -> None:
    trust = _with_crl({pki().maker: (ISSUED, None)})

    assert verified(ENTRIES, trust=trust).verdict is Verdict.EXPIRED_AT_SIGNING


def test_a_list_without_the_certificate_clears_it_and_a_stale_one_says_so() -> None:
    assert {Code.NOT_REVOKED} == {Code.NOT_REVOKED, Code.CRL_STALE} & _codes(_with_crl({}))
    assert {Code.NOT_REVOKED, Code.CRL_STALE} <= _codes(_with_crl({}, next_update=NOW - DAY))
    assert Code.REVOCATION_UNKNOWN in _codes(pki().trust)


def test_a_list_of_another_ca_says_nothing() -> None:
    foreign = crl(pki("另一"), {pki().signer: (SIGNED_AT - DAY, None)})
    trust = Trust.from_bytes(anchors=[pki().ca], crls=[foreign])

    assert verified(ENTRIES, trust=trust).verdict is Verdict.VALID
    assert Code.REVOCATION_UNKNOWN in _codes(trust)


def test_signed_data_is_valid_expired_and_untrusted_like_seals() -> None:
    assert verified(PLAIN).verdict is Verdict.VALID
    assert verified(PLAIN, trust=Trust()).verdict is Verdict.VALID_UNTRUSTED


def test_trust_is_read_from_pem_and_der_alike() -> None:
    bundle = pem(pki().ca) + b"comment\n" + pem(pki("另一").ca)
    trust = Trust.from_bytes(anchors=[bundle, pki().maker], crls=[pem(crl(pki(), {}), "X509 CRL")])

    assert [one.der for one in trust.anchors] == [pki().ca, pki("另一").ca, pki().maker]
    assert len(trust.crls) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x30\x80\0\0", id="an empty structure"),
        pytest.param(pem(b"\x30\0"), id="an empty certificate"),
        pytest.param(b"-----BEGIN X-----\nAAAA\n-----END X-----", id="PEM of something else"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----", id="PEM that is not base64"),
        pytest.param(b"\x30\x84\x00\x02\0\0" + bytes(131072), id="too large"),
    ],
)
def test_a_broken_trust_list_is_a_document_error(data: bytes) -> None:
    with pytest.raises(DocumentError):
        Trust.from_bytes(anchors=[data])


def test_a_delta_list_is_refused() -> None:
    whole = crl(pki(), {})
    tbs, *rest = der.read(whole).children()
    delta = der.encode(der.SEQUENCE, der.encode_oid("2.5.29.27"), der.encode(der.OCTET_STRING, der.encode_integer(1)))
    extended = der.encode(der.SEQUENCE, tbs.content, der.encode(der.context(0), der.encode(der.SEQUENCE, delta)))

    with pytest.raises(DocumentError, match="delta"):
        read_crl(der.encode(der.SEQUENCE, extended, *(node.raw for node in rest)))

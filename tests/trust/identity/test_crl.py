"""Revocation lists: ours to the independent checkers, the command line's to us, freshness, succession, and bad ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.identity.pki import (
    CA,
    CA_KEY,
    DAY,
    ENCRYPTION,
    JIANGSU,
    NODE_KEY,
    NOW,
    OTHER_KEY,
    SAME_NAME_CA,
    SIGNING,
    TOOLS,
    crl,
    needs_openssl,
    needs_tools,
    revoked,
    run,
)
from trust import gm
from trust.errors import IdentityError
from trust.identity import (
    Certificate,
    Crl,
    ListState,
    Reason,
    Usage,
    accept_crl,
    make_crl,
    read_crl,
    renew_crl,
    verify_chain,
)

LIST = crl(revoked(), number=7)
EMPTY = crl()


@pytest.mark.parametrize("made", [LIST, EMPTY], ids=["with an entry", "empty"])
def test_a_list_says_what_it_was_made_with_and_is_read_in_both_forms(made: Crl) -> None:
    made.verify(CA)
    for data in (made.der, made.pem.encode()):
        read = read_crl(data)
        assert read == made
        assert (made.number, NOW, NOW + 7 * DAY) == (read.number, read.this_update, read.next_update)
        assert read.entries == made.entries
    assert made.fingerprint == gm.sm3(made.der).hex()


def test_a_list_past_2049_keeps_its_date() -> None:
    assert crl(valid=36500 * DAY).next_update == NOW + 36500 * DAY


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_comes_back(reason: Reason) -> None:
    (entry,) = crl(revoked(reason=reason)).entries.values()

    assert entry == revoked(reason=reason)
    assert entry.compromised is reason.endswith("Compromise")


def test_a_status_is_the_fact_at_its_moment() -> None:
    listed = crl(revoked(at=NOW - DAY))
    before, after = listed.status(SIGNING, NOW - 2 * DAY), listed.status(SIGNING, NOW - DAY)

    assert (before.revoked, after.revoked) == (False, True)
    assert before.revocation == after.revocation == revoked(at=NOW - DAY)
    assert not listed.status(ENCRYPTION, NOW).revoked
    assert listed.status(ENCRYPTION, NOW).revocation is None
    assert after.list_number == 1


def test_a_list_says_nothing_of_another_cas_certificates() -> None:
    with pytest.raises(IdentityError, match="of another CA"):
        LIST.status(JIANGSU, NOW)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        pytest.param(timedelta(0), ListState.FRESH, id="just made"),
        pytest.param(7 * DAY, ListState.FRESH, id="in its last second"),
        pytest.param(7 * DAY + timedelta(seconds=1), ListState.STALE, id="a second late"),
    ],
)
def test_freshness_is_age_and_what_is_left(after: timedelta, state: ListState) -> None:
    freshness = LIST.freshness(NOW + after)

    assert (freshness.state, freshness.age, freshness.due_in) == (state, after, 7 * DAY - after)
    assert LIST.status(SIGNING, NOW + after).list_state == state


@pytest.mark.parametrize(
    ("held", "offered"),
    [
        pytest.param(None, crl(), id="the first"),
        pytest.param(EMPTY, EMPTY, id="the same again"),
        pytest.param(EMPTY, crl(number=2, made=NOW), id="the next number"),
        pytest.param(EMPTY, crl(number=20, made=NOW), id="a later number"),
    ],
)
def test_a_list_is_taken(held: Crl | None, offered: Crl) -> None:
    assert accept_crl(held, offered, ca=CA, now=NOW) is offered


@pytest.mark.parametrize(
    ("offered", "ca", "sentence"),
    [
        pytest.param(crl(number=6), CA, "goes back: number 6 is older than 7", id="an older number"),
        pytest.param(crl(number=7), CA, "two different revocation lists number 7", id="another list under this number"),
        pytest.param(crl(number=8, made=NOW - DAY), CA, "goes back", id="a newer number with an older date"),
        pytest.param(crl(number=8, made=NOW + DAY), CA, "future", id="from tomorrow"),
        pytest.param(crl(number=8), JIANGSU, "another CA", id="of another CA"),
        pytest.param(crl(number=8), SAME_NAME_CA, "does not verify", id="of a CA that took the name"),
    ],
)
def test_a_list_is_not_taken(offered: Crl, ca: Certificate, sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        accept_crl(LIST, offered, ca=ca, now=NOW)


def test_a_held_list_of_the_cas_predecessor_stands_in_no_ones_way() -> None:
    other = make_crl(ca=JIANGSU, ca_key=OTHER_KEY, revoked=(), number=1, this_update=NOW, next_update=NOW + DAY)

    assert accept_crl(LIST, other, ca=JIANGSU, now=NOW) is other


def test_a_leaf_signs_no_list() -> None:
    with pytest.raises(IdentityError, match="does not belong"):
        make_crl(ca=SIGNING, ca_key=NODE_KEY, revoked=(), number=1, this_update=NOW, next_update=NOW + DAY)
    with pytest.raises(IdentityError, match="another CA"):
        LIST.verify(SIGNING)


def test_a_renewed_list_keeps_what_was_revoked() -> None:
    first = renew_crl(None, ca=CA, ca_key=CA_KEY, revoke=[revoked()], now=NOW, valid=DAY)
    second = renew_crl(first, ca=CA, ca_key=CA_KEY, revoke=[revoked(ENCRYPTION, NOW + DAY)], now=NOW + DAY, valid=DAY)

    assert (first.number, second.number) == (1, 2)
    assert list(second.entries.values()) == [revoked(), revoked(ENCRYPTION, NOW + DAY)]
    assert second.next_update == NOW + 2 * DAY
    assert accept_crl(first, second, ca=CA, now=NOW + DAY) is second
    with pytest.raises(IdentityError, match="once"):
        renew_crl(second, ca=CA, ca_key=CA_KEY, revoke=[revoked(at=NOW - DAY)], now=NOW + DAY, valid=DAY)
    with pytest.raises(IdentityError, match="does not verify"):
        renew_crl(first, ca=SAME_NAME_CA, ca_key=OTHER_KEY, revoke=(), now=NOW, valid=DAY)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: crl(number=0), "numbered from 1", id="number 0"),
        pytest.param(lambda: crl(valid=-DAY), "when the next one comes", id="stale from the first"),
        pytest.param(lambda: crl(revoked(), revoked()), "once", id="a certificate twice"),
        pytest.param(lambda: crl(revoked(at=NOW + DAY)), "cannot begin after", id="revoked tomorrow"),
    ],
)
def test_no_list_is_made(make: Callable[[], Crl], sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        make()


def changed(change: Callable[[asn1_crl.TbsCertList], None]) -> bytes:
    """The good list with a part of what is signed changed, and signed again."""
    listed = asn1_crl.CertificateList.load(LIST.der)
    change(listed["tbs_cert_list"])
    listed["signature"] = CA_KEY.sign_der(listed["tbs_cert_list"].dump(force=True))
    der: bytes = listed.dump(force=True)
    return der


def extended(identifier: str, value: object, *, critical: bool) -> Callable[[asn1_crl.TbsCertList], None]:
    def change(tbs: asn1_crl.TbsCertList) -> None:
        tbs["crl_extensions"].append({"extn_id": identifier, "critical": critical, "extn_value": value})

    return change


def without_number(tbs: asn1_crl.TbsCertList) -> None:
    tbs["crl_extensions"] = [one for one in tbs["crl_extensions"] if one["extn_id"].native != "crl_number"]


def without_next_update(tbs: asn1_crl.TbsCertList) -> None:
    del tbs["next_update"]


def with_entry_extension(identifier: str, value: object) -> Callable[[asn1_crl.TbsCertList], None]:
    def change(tbs: asn1_crl.TbsCertList) -> None:
        tbs["revoked_certificates"][0]["crl_entry_extensions"] = [
            {"extn_id": identifier, "critical": True, "extn_value": value}
        ]

    return change


ONLY_LEAVES = {"only_contains_user_certs": True}
ISSUER = [asn1_x509.GeneralName("uniform_resource_identifier", "urn:x")]
SM2_WITH_SM3, SM2_WITH_SHA256 = bytes.fromhex("06082a811ccf55018375"), bytes.fromhex("06082a811ccf55018378")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: b"", "malformed", id="nothing"),
        pytest.param(lambda: LIST.der + b"\0", "malformed", id="a trailing byte"),
        pytest.param(lambda: LIST.der[:-1], "malformed", id="a byte short"),
        pytest.param(lambda: bytes(4 * 1024 * 1024 + 1), "4096 KiB", id="longer than 4 MiB"),
        pytest.param(lambda: CA.pem.encode(), "found CERTIFICATE", id="a certificate"),  # noqa: PLW0108 - a table of lambdas
        pytest.param(
            lambda: LIST.der.replace(SM2_WITH_SM3, SM2_WITH_SHA256), "SM2-with-SM3", id="both algorithms are another"
        ),
        pytest.param(
            lambda: LIST.der.replace(SM2_WITH_SM3, SM2_WITH_SHA256, 1), "malformed", id="the algorithms differ"
        ),
        pytest.param(lambda: changed(without_number), "malformed", id="without a number"),
        pytest.param(lambda: changed(without_next_update), "next one", id="without a next update"),
        pytest.param(
            lambda: changed(extended("delta_crl_indicator", 1, critical=True)), "2.5.29.27", id="a delta list"
        ),
        pytest.param(
            lambda: changed(extended("delta_crl_indicator", 1, critical=False)), "2.5.29.27", id="a delta list, softly"
        ),
        pytest.param(
            lambda: changed(extended("issuing_distribution_point", ONLY_LEAVES, critical=True)),
            "2.5.29.28",
            id="a part",
        ),
        pytest.param(
            lambda: changed(with_entry_extension("certificate_issuer", ISSUER)), "2.5.29.29", id="of several CAs"
        ),
        pytest.param(
            lambda: changed(with_entry_extension("crl_reason", "remove_from_crl")), "malformed", id="a removal"
        ),
    ],
)
def test_bytes_that_are_no_list_of_ours(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        read_crl(make())


def test_the_number_of_entries_is_bounded() -> None:
    two = crl(revoked(), revoked(ENCRYPTION)).der

    assert len(read_crl(two, most=2).entries) == 2
    with pytest.raises(IdentityError, match="at most 1 entries"):
        read_crl(two, most=1)


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0, len(LIST.der) - 1), value=st.integers(0, 255))
def test_no_altered_byte_gives_a_list_that_is_believed(at: int, value: int) -> None:
    altered = LIST.der[:at] + bytes([value]) + LIST.der[at + 1 :]
    try:
        read_crl(altered).verify(CA)
    except IdentityError:
        return

    assert altered == LIST.der


@needs_openssl
@needs_tools
@pytest.mark.parametrize(
    ("ca", "answer"), [pytest.param(CA, "OK", id="its CA"), pytest.param(SAME_NAME_CA, "FAIL", id="another key")]
)
@pytest.mark.parametrize("listed", [LIST, EMPTY], ids=["with an entry", "empty"])
def test_the_independent_checker_agrees_on_the_signature(
    tmp_path: Path, listed: Crl, ca: Certificate, answer: str
) -> None:
    (tmp_path / "ca.crt").write_text(ca.pem)
    (tmp_path / "ca.crl").write_text(listed.pem)

    assert run(TOOLS / "gmcheck.sh", "crl", tmp_path / "ca.crt", tmp_path / "ca.crl").strip() == answer


@needs_openssl
def test_openssl_reads_what_stands_on_our_list(tmp_path: Path) -> None:
    (tmp_path / "ca.crl").write_text(crl(revoked(reason=Reason.KEY_COMPROMISE), number=7).pem)
    shown = run("openssl", "crl", "-in", tmp_path / "ca.crl", "-noout", "-text", "-crlnumber")

    assert f"Serial Number: {SIGNING.serial:X}" in shown.replace("Serial Number: 0", "Serial Number: ")
    assert "Key Compromise" in shown
    assert "crlNumber=0x07" in shown


@needs_openssl
@needs_tools
def test_a_list_that_openssl_made_is_believed(tmp_path: Path) -> None:
    """The whole PKI of mkpki.sh: a certificate of it is revoked, and so it is refused."""
    script = f"""set -eu; {TOOLS}/mkpki.sh {tmp_path} n1; cd {tmp_path}
    openssl ca -config openssl-sm2.cnf -revoke n1-sign.crt -crl_reason keyCompromise
    openssl ca -config openssl-sm2.cnf -gencrl -md sm3 -sigopt distid:1234567812345678 -crlexts crl_ext -out ca.crl
    {TOOLS}/gmcheck.sh crl ca.crt ca.crl"""
    output = run("sh", "-c", script, SAN="URI:urn:certmesh:node:330000")

    assert output.startswith("OK") or "\nOK" in output, output
    ca, sign, enc = (
        Certificate.from_pem((tmp_path / f"{name}.crt").read_bytes()) for name in ("ca", "n1-sign", "n1-enc")
    )
    listed = read_crl((tmp_path / "ca.crl").read_bytes())
    listed.verify(ca)
    now = datetime.now(UTC) + timedelta(minutes=1)
    assert listed.status(sign, now).revoked
    assert listed.entries[sign.serial].reason is Reason.KEY_COMPROMISE
    assert not listed.status(enc, now).revoked
    with pytest.raises(IdentityError, match="names no province"):  # mkpki.sh writes other alternative names than ours
        verify_chain(enc, ca, usage=Usage.ENCRYPTION, at=now, crl=listed)

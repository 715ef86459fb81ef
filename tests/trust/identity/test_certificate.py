"""Identity certificates: ours to the openssl command line, the command line's to us, and those that must not be believed."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem as asn1_pem
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.identity.pki import TOOLS
from trust import gm
from trust.errors import IdentityError
from trust.gm import x509
from trust.gm._sm2 import SPKI_PREFIX
from trust.identity import Certificate, Usage, issue, issue_ca, verify_chain
from trust.tls import make_tls

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
NAME = "上海市大数据中心"
CA_KEY, NODE_KEY = gm.PrivateKey.generate(), gm.PrivateKey.generate()
CA = issue_ca(province="310000", name=NAME, key=CA_KEY, now=NOW)


def leaf(usage: Usage = Usage.SIGNING, *, now: datetime = NOW, valid_days: int = 365) -> Certificate:
    return issue(
        ca=CA,
        ca_key=CA_KEY,
        province="310000",
        name=NAME,
        usage=usage,
        public_key=NODE_KEY.public,
        now=now,
        valid_days=valid_days,
    )


SIGNING, ENCRYPTION = leaf(), leaf(Usage.ENCRYPTION)


def test_a_certificate_says_what_it_was_issued_with() -> None:
    assert SIGNING.common_name == "certmesh 310000 signing"
    assert SIGNING.province == "310000"
    assert SIGNING.usages == {Usage.SIGNING}
    assert ENCRYPTION.usages == {Usage.ENCRYPTION}
    assert CA.usages == {Usage.CA}
    assert SIGNING.public_key == NODE_KEY.public
    assert (SIGNING.not_before, SIGNING.not_after) == (NOW, NOW + timedelta(days=365))
    assert SIGNING.issuer == CA.subject == CA.issuer
    assert SIGNING.fingerprint == gm.sm3(SIGNING.der).hex()


def test_der_and_pem_lead_back_to_the_same_certificate() -> None:
    assert Certificate.from_der(SIGNING.der) == SIGNING
    assert Certificate.from_pem(SIGNING.pem) == SIGNING
    assert Certificate.from_pem(SIGNING.pem.encode()) == SIGNING


def test_serial_numbers_are_positive_and_differ() -> None:
    serials = {leaf().serial for _ in range(5)}

    assert len(serials) == 5
    assert all(0 < serial < 2**128 for serial in serials)


def test_a_leaf_ends_with_its_ca_at_the_latest() -> None:
    assert leaf(valid_days=36500).not_after == CA.not_after


def test_a_certificate_beyond_2049_keeps_its_date() -> None:
    late = issue_ca(province="310000", name=NAME, key=CA_KEY, now=NOW, valid_days=36500)

    assert late.not_after == NOW + timedelta(days=36500)


@pytest.mark.parametrize("certificate", [SIGNING, ENCRYPTION], ids=["signing", "encryption"])
def test_a_good_chain_is_believed(certificate: Certificate) -> None:
    (usage,) = certificate.usages

    verify_chain(certificate, CA, usage=usage, at=NOW)
    verify_chain(certificate, CA, usage=usage, at=certificate.not_after)


OTHER_KEY = gm.PrivateKey.generate()
SAME_NAME_CA = issue_ca(province="310000", name=NAME, key=OTHER_KEY, now=NOW)
JIANGSU = issue_ca(province="320000", name=NAME, key=OTHER_KEY, now=NOW)


def built(*, uri: str, extensions: tuple[tuple[str, bool, object], ...] = x509.SIGNING_EXTENSIONS) -> Certificate:
    """Let the CA sign what `issue` refuses to make."""
    der = x509.build(
        issuer=CA.subject,
        issuer_key=CA_KEY,
        subject=x509.name(NAME, "odd one"),
        public_key=NODE_KEY.public,
        uri=uri,
        extensions=extensions,
        not_before=NOW,
        not_after=NOW + timedelta(days=1),
    )
    return Certificate.from_der(der)


BOTH = (("basic_constraints", True, {"ca": False}), ("key_usage", True, {"digital_signature", "key_encipherment"}))
UNKNOWN_CRITICAL = (*x509.SIGNING_EXTENSIONS, ("policy_constraints", True, {"require_explicit_policy": 0}))


@pytest.mark.parametrize(
    ("certificate", "ca", "usage", "at", "sentence"),
    [
        pytest.param(
            ENCRYPTION, CA, Usage.SIGNING, NOW, "not a certificate for signing", id="the encryption certificate signs"
        ),
        pytest.param(SIGNING, CA, Usage.ENCRYPTION, NOW, "for encryption alone", id="the signing certificate encrypts"),
        pytest.param(
            built(uri="urn:certmesh:node:310000", extensions=BOTH),
            CA,
            Usage.SIGNING,
            NOW,
            "alone",
            id="one key for both uses",
        ),
        pytest.param(SIGNING, CA, Usage.SIGNING, NOW - timedelta(seconds=1), "valid only from", id="not yet valid"),
        pytest.param(SIGNING, CA, Usage.SIGNING, NOW + timedelta(days=366), "leaf expired", id="the leaf has expired"),
        pytest.param(
            replace(SIGNING, not_after=CA.not_after + timedelta(days=9)),
            CA,
            Usage.SIGNING,
            CA.not_after + timedelta(days=1),
            "CA's certificate expired",
            id="the CA has expired",
        ),
        pytest.param(SIGNING, JIANGSU, Usage.SIGNING, NOW, "issued by another CA", id="the CA of another province"),
        pytest.param(
            SIGNING, SAME_NAME_CA, Usage.SIGNING, NOW, "on the leaf does not verify", id="a CA that took the name"
        ),
        pytest.param(SIGNING, ENCRYPTION, Usage.SIGNING, NOW, "not a CA's", id="a leaf in the place of the CA"),
        pytest.param(CA, CA, Usage.SIGNING, NOW, "not a certificate for signing", id="the CA in the place of a leaf"),
        pytest.param(built(uri="urn:other"), CA, Usage.SIGNING, NOW, "names no province", id="a leaf without province"),
        pytest.param(
            built(uri="urn:certmesh:node:320000"),
            CA,
            Usage.SIGNING,
            NOW,
            "another province",
            id="a leaf for another province",
        ),
        pytest.param(
            SIGNING,
            replace(CA, signature=SIGNING.signature),
            Usage.SIGNING,
            NOW,
            "on its own certificate",
            id="a root that did not sign itself",
        ),
        pytest.param(
            replace(SIGNING, signature=ENCRYPTION.signature),
            CA,
            Usage.SIGNING,
            NOW,
            "on the leaf does not verify",
            id="the signature of another leaf",
        ),
    ],
)
def test_a_chain_that_must_not_be_believed(
    certificate: Certificate, ca: Certificate, usage: Usage, at: datetime, sentence: str
) -> None:
    with pytest.raises(IdentityError, match=sentence):
        verify_chain(certificate, ca, usage=usage, at=at)


def p256_certificate() -> bytes:
    return make_tls(province="310000", passphrase=b"x", now=NOW).certificate_pem


def der_of(pem: str) -> bytes:
    der: bytes = asn1_pem.unarmor(pem.encode())[2]
    return der


SPKI = SPKI_PREFIX + NODE_KEY.public.point
P256_OID, SM2_OID = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a811ccf5501822d")
SM2_WITH_SM3, SM2_WITH_SHA256 = bytes.fromhex("06082a811ccf55018375"), bytes.fromhex("06082a811ccf55018378")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: b"", "malformed", id="nothing"),
        pytest.param(lambda: SIGNING.der + b"\0", "malformed", id="a trailing byte"),
        pytest.param(lambda: SIGNING.der[:-1], "malformed", id="a byte short"),
        pytest.param(lambda: bytes(17 * 1024), "16 KiB", id="longer than 16 KiB"),
        pytest.param(lambda: der_of(p256_certificate().decode()), "SM2", id="a P-256 certificate"),
        pytest.param(
            lambda: SIGNING.der.replace(SPKI, SPKI[:-1] + bytes([SPKI[-1] ^ 1])), "SM2 key", id="a key off the curve"
        ),
        pytest.param(
            lambda: SIGNING.der.replace(SM2_WITH_SM3, SM2_WITH_SHA256), "SM2-with-SM3", id="both algorithms are another"
        ),
        pytest.param(
            lambda: SIGNING.der.replace(SM2_WITH_SM3, SM2_WITH_SHA256, 1),
            "SM2-with-SM3",
            id="the two algorithms differ",
        ),
    ],
)
def test_bytes_that_are_no_identity_certificate(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        Certificate.from_der(make())


def test_a_critical_extension_that_is_not_understood_is_refused() -> None:
    with pytest.raises(IdentityError, match="not understood"):
        built(uri="urn:certmesh:node:310000", extensions=UNKNOWN_CRITICAL)


@pytest.mark.parametrize("code", ["31000", "3100000", "31000a", "３１００００", ""])
def test_a_province_is_six_digits(code: str) -> None:
    with pytest.raises(IdentityError, match="six digits"):
        issue_ca(province=code, name=NAME, key=CA_KEY, now=NOW)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb"], ids=["empty", "65 characters", "a line break"])
def test_an_organization_name_is_short_and_printable(name: str) -> None:
    with pytest.raises(IdentityError, match="printable"):
        issue_ca(province="310000", name=name, key=CA_KEY, now=NOW)


def test_a_ca_issues_only_leaves_of_its_own_province_with_its_own_key() -> None:
    def attempt(ca: Certificate, ca_key: gm.PrivateKey, usage: Usage) -> None:
        issue(ca=ca, ca_key=ca_key, province="310000", name=NAME, usage=usage, public_key=NODE_KEY.public, now=NOW)

    with pytest.raises(IdentityError, match="no further CA"):
        attempt(CA, CA_KEY, Usage.CA)
    with pytest.raises(IdentityError, match="does not belong"):
        attempt(CA, NODE_KEY, Usage.SIGNING)
    with pytest.raises(IdentityError, match="does not belong"):
        attempt(SIGNING, NODE_KEY, Usage.SIGNING)
    with pytest.raises(IdentityError, match="nothing for 310000"):
        attempt(JIANGSU, OTHER_KEY, Usage.SIGNING)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SIGNING.pem + CA.pem, id="two certificates"),
        pytest.param("", id="nothing"),
        pytest.param(SIGNING.pem.replace("CERTIFICATE", "PRIVATE KEY"), id="another label"),
        pytest.param(SIGNING.pem.replace("MII", "???", 1), id="broken base64"),
        pytest.param(SIGNING.pem + " " * 16384, id="longer than 16 KiB"),
        pytest.param(SIGNING.pem.replace("-----END CERTIFICATE-----", ""), id="without an end"),
    ],
)
def test_only_one_whole_pem_block_is_read(text: str) -> None:
    with pytest.raises(IdentityError):
        Certificate.from_pem(text)


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0, len(SIGNING.der) - 1), value=st.integers(0, 255))
def test_no_altered_byte_gives_a_certificate_that_is_believed(at: int, value: int) -> None:
    altered = SIGNING.der[:at] + bytes([value]) + SIGNING.der[at + 1 :]
    try:
        certificate = Certificate.from_der(altered)
        verify_chain(certificate, CA, usage=Usage.SIGNING, at=NOW)
    except IdentityError:
        return

    assert altered == SIGNING.der


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command line is not installed")
needs_tools = pytest.mark.skipif(not (TOOLS / "gmcheck.sh").exists(), reason="../shared/tools is not there")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", **environment}
    )
    return done.stdout + done.stderr


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, certificate in (("ca", CA), ("signing", SIGNING), ("encryption", ENCRYPTION), ("other", SAME_NAME_CA)):
        (tmp_path / f"{name}.crt").write_text(certificate.pem)
    return tmp_path


@needs_openssl
@pytest.mark.parametrize("name", ["signing", "encryption"])
def test_openssl_verifies_our_leaf_under_our_root(files: Path, name: str) -> None:
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-vfyopt",
        "distid:1234567812345678",
        "-CAfile",
        str(files / "ca.crt"),
    ]

    assert re.search(r": OK$", run(*command, files / f"{name}.crt"), re.MULTILINE)


@needs_openssl
@needs_tools
@pytest.mark.parametrize(
    ("ca", "name", "answer"),
    [
        pytest.param("ca", "ca", "OK", id="the root's own signature"),
        pytest.param("ca", "signing", "OK", id="the signing certificate"),
        pytest.param("ca", "encryption", "OK", id="the encryption certificate"),
        pytest.param("other", "signing", "FAIL", id="under another key"),
    ],
)
def test_the_independent_checker_agrees_on_every_signature(files: Path, ca: str, name: str, answer: str) -> None:
    assert run(TOOLS / "gmcheck.sh", "cert", files / f"{ca}.crt", files / f"{name}.crt").strip() == answer


@needs_openssl
@needs_tools
def test_the_independent_checker_accepts_our_signatures_over_a_file(files: Path) -> None:
    (files / "data").write_bytes(b"evidence")
    (files / "raw").write_bytes(NODE_KEY.sign(b"evidence"))
    (files / "der").write_bytes(NODE_KEY.sign_der(b"evidence"))

    assert run(TOOLS / "gmcheck.sh", "raw", files / "signing.crt", files / "data", files / "raw").strip() == "OK"
    assert run(TOOLS / "gmcheck.sh", "file", files / "signing.crt", files / "data", files / "der").strip() == "OK"


@needs_openssl
@needs_tools
def test_certificates_that_openssl_issued_are_believed(tmp_path: Path) -> None:
    """The profiles of openssl-sm2.cnf, with the alternative name this product reads."""
    script = f"""set -eu; cd {tmp_path}; C={TOOLS}/openssl-sm2.cnf; ID=distid:1234567812345678
    key() {{ openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -pkeyopt ec_param_enc:named_curve -out $1; }}
    key ca.key; key n.key
    openssl req -config $C -x509 -new -key ca.key -sm3 -sigopt $ID -days 30 -extensions v3_ca -subj /O=F/CN=Root -out ca.crt
    openssl req -config $C -new -key n.key -sm3 -sigopt $ID -subj /O=F/CN=n1 -out n.csr
    openssl x509 -req -in n.csr -CA ca.crt -CAkey ca.key -sm3 -sigopt $ID -vfyopt $ID -days 9 -set_serial 0x7777 \
      -extfile $C -extensions v3_enc -out n.crt"""
    output = run("sh", "-c", script, SAN="URI:urn:certmesh:node:330000,DNS:n1.fed.example")

    assert (tmp_path / "n.crt").exists(), output
    ca, certificate = (Certificate.from_pem((tmp_path / name).read_bytes()) for name in ("ca.crt", "n.crt"))
    verify_chain(certificate, ca, usage=Usage.ENCRYPTION, at=datetime.now(UTC) + timedelta(minutes=1))
    assert (certificate.province, ca.province, certificate.common_name) == ("330000", "", "n1")

"""Certification requests: ours to the openssl command line, the command line's to us, and those nothing is issued from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import csr as asn1_csr
from asn1crypto import x509 as asn1_x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.identity.pki import (
    CA,
    CA_KEY,
    JIANGSU,
    NAME,
    NODE_KEY,
    NOW,
    OTHER_KEY,
    PROVINCE,
    TOOLS,
    needs_openssl,
    needs_tools,
    run,
)
from trust import gm
from trust.errors import IdentityError
from trust.gm import x509
from trust.gm._sm2 import SPKI_PREFIX
from trust.gm.pkcs10 import build_request
from trust.identity import Certificate, Usage, issue_from_request, make_request, read_request, verify_chain
from trust.tls import make_tls

LEAVES = [Usage.SIGNING, Usage.ENCRYPTION]
REQUEST = make_request(province=PROVINCE, name=NAME, usage=Usage.SIGNING, key=NODE_KEY)


@pytest.mark.parametrize("usage", LEAVES)
def test_a_request_says_what_it_was_made_with_and_is_read_in_both_forms(usage: Usage) -> None:
    made = make_request(province=PROVINCE, name=NAME, usage=usage, key=NODE_KEY)

    for data in (made.der, made.pem.encode(), b"\n" + made.pem.encode()):
        read = read_request(data)
        assert read == made
        assert (PROVINCE, NAME, usage, NODE_KEY.public) == (read.province, read.name, read.usage, read.public_key)
    assert made.fingerprint == gm.sm3(made.der).hex()


@pytest.mark.parametrize("usage", LEAVES)
def test_what_is_issued_from_a_request_is_believed(usage: Usage) -> None:
    request = make_request(province=PROVINCE, name=NAME, usage=usage, key=NODE_KEY)
    certificate = issue_from_request(ca=CA, ca_key=CA_KEY, request=request, now=NOW, valid_days=30)

    verify_chain(certificate, CA, usage=usage, at=NOW)
    assert certificate.public_key == NODE_KEY.public
    assert (certificate.not_after - NOW).days == 30
    assert certificate.common_name == f"certmesh {PROVINCE} {usage}"


def test_a_ca_issues_nothing_for_another_province() -> None:
    with pytest.raises(IdentityError, match="issues nothing for 310000"):
        issue_from_request(ca=JIANGSU, ca_key=OTHER_KEY, request=REQUEST, now=NOW)


def test_nobody_asks_to_become_a_ca() -> None:
    with pytest.raises(IdentityError, match="no further CA"):
        make_request(province=PROVINCE, name=NAME, usage=Usage.CA, key=NODE_KEY)
    with pytest.raises(IdentityError, match="six digits"):
        make_request(province="31", name=NAME, usage=Usage.SIGNING, key=NODE_KEY)


BOTH = (("basic_constraints", True, {"ca": False}), ("key_usage", True, {"digital_signature", "key_encipherment"}))
UNKNOWN = (*x509.SIGNING_EXTENSIONS, ("policy_constraints", True, {"require_explicit_policy": 0}))


def odd(
    *,
    subject: bytes = x509.name(NAME, "x"),
    uri: str = "urn:certmesh:node:310000",
    extensions: tuple[tuple[str, bool, object], ...] = x509.SIGNING_EXTENSIONS,
) -> bytes:
    return build_request(subject=subject, key=NODE_KEY, uri=uri, extensions=extensions)


def changed(change: Callable[[asn1_csr.CertificationRequest], None]) -> bytes:
    """The good request with a part of what is signed changed, and signed again."""
    request = asn1_csr.CertificationRequest.load(REQUEST.der)
    change(request["certification_request_info"])
    info = request["certification_request_info"].dump(force=True)
    request["signature"] = NODE_KEY.sign_der(info)
    der: bytes = request.dump(force=True)
    return der


def without_attributes(info: asn1_csr.CertificationRequestInfo) -> None:
    info["attributes"] = []


def with_a_password(info: asn1_csr.CertificationRequestInfo) -> None:
    info["attributes"].append(
        {"type": "challenge_password", "values": [asn1_x509.DirectoryString("utf8_string", "secret")]}
    )


def only_a_common_name() -> bytes:
    der: bytes = asn1_x509.Name.build({"common_name": "x"}).dump()
    return der


SPKI = SPKI_PREFIX + NODE_KEY.public.point
SM2_WITH_SM3, SM2_WITH_SHA256 = bytes.fromhex("06082a811ccf55018375"), bytes.fromhex("06082a811ccf55018378")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: b"", "malformed", id="nothing"),
        pytest.param(lambda: REQUEST.der + b"\0", "malformed", id="a trailing byte"),
        pytest.param(lambda: REQUEST.der[:-1], "malformed", id="a byte short"),
        pytest.param(lambda: b"\x30" * 17_000, "16 KiB", id="longer than 16 KiB"),
        pytest.param(lambda: REQUEST.pem.encode() * 2, "one PEM block", id="two requests"),
        pytest.param(CA.pem.encode, "found CERTIFICATE", id="a certificate"),
        pytest.param(lambda: CA.der, "malformed", id="the DER of a certificate"),
        pytest.param(
            lambda: make_tls(province=PROVINCE, passphrase=b"x", now=NOW).key_pem, "ENCRYPTED PRIVATE KEY", id="a key"
        ),
        pytest.param(
            lambda: REQUEST.der.replace(SPKI, SPKI[:-1] + bytes([SPKI[-1] ^ 1])), "SM2 key", id="a key off the curve"
        ),
        pytest.param(
            lambda: REQUEST.der.replace(SPKI, SPKI_PREFIX + OTHER_KEY.public.point),
            "not signed by the key",
            id="a key that did not sign",
        ),
        pytest.param(
            lambda: REQUEST.der.replace(SM2_WITH_SM3, SM2_WITH_SHA256), "SM2-with-SM3", id="another algorithm"
        ),
        pytest.param(lambda: changed(without_attributes), "one attribute", id="without extensions"),
        pytest.param(lambda: changed(with_a_password), "one attribute", id="with a challenge password"),
        pytest.param(lambda: odd(extensions=BOTH), "a signing or", id="one key for both uses"),
        pytest.param(lambda: odd(extensions=x509.CA_EXTENSIONS), "a signing or", id="a CA"),
        pytest.param(lambda: odd(extensions=()), "malformed", id="no usage"),
        pytest.param(lambda: odd(extensions=UNKNOWN), "not understood", id="a critical extension nobody knows"),
        pytest.param(lambda: odd(uri="urn:other"), "one province", id="no province"),
        pytest.param(lambda: odd(uri="urn:certmesh:node:31000a"), "six digits", id="a province that is none"),
        pytest.param(lambda: odd(subject=only_a_common_name()), "one organization", id="no organization"),
        pytest.param(lambda: odd(subject=x509.name("a\nb", "x")), "printable", id="a name with a line break"),
    ],
)
def test_nothing_is_issued_from(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        read_request(make())


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0, len(REQUEST.der) - 1), value=st.integers(0, 255))
def test_no_altered_byte_gives_a_request(at: int, value: int) -> None:
    altered = REQUEST.der[:at] + bytes([value]) + REQUEST.der[at + 1 :]
    try:
        read_request(altered)
    except IdentityError:
        return

    assert altered == REQUEST.der


@needs_openssl
@pytest.mark.parametrize("usage", LEAVES)
def test_openssl_verifies_our_request_and_sees_what_it_asks_for(tmp_path: Path, usage: Usage) -> None:
    file = tmp_path / "n.csr"
    file.write_text(make_request(province=PROVINCE, name=NAME, usage=usage, key=NODE_KEY).pem)
    command = ["openssl", "req", "-in", str(file), "-verify", "-vfyopt"]
    shown = run(*command, "distid:1234567812345678", "-noout", "-text", "-nameopt", "utf8")

    assert "self-signature verify OK" in shown
    assert "verify failure" in run(*command, "distid:other", "-noout")
    assert all(part in shown for part in ("CA:FALSE", "URI:urn:certmesh:node:310000", NAME))
    assert ("Digital Signature" in shown) is (usage is Usage.SIGNING)
    assert ("Key Encipherment" in shown) is (usage is Usage.ENCRYPTION)


@needs_openssl
@needs_tools
@pytest.mark.parametrize(("usage", "profile"), [(Usage.SIGNING, "v3_sign"), (Usage.ENCRYPTION, "v3_enc")])
def test_a_request_goes_out_to_another_ca_and_its_certificate_is_believed(
    tmp_path: Path, usage: Usage, profile: str
) -> None:
    """The CA is the openssl command line with the profiles of openssl-sm2.cnf."""
    (tmp_path / "n.csr").write_text(make_request(province=PROVINCE, name=NAME, usage=usage, key=NODE_KEY).pem)
    script = f"""set -eu; cd {tmp_path}; C={TOOLS}/openssl-sm2.cnf; ID=distid:1234567812345678
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -pkeyopt ec_param_enc:named_curve -out ca.key
    openssl req -config $C -x509 -new -key ca.key -sm3 -sigopt $ID -days 30 -extensions v3_ca -subj /O=F/CN=Root -out ca.crt
    openssl x509 -req -in n.csr -CA ca.crt -CAkey ca.key -sm3 -sigopt $ID -vfyopt $ID -days 9 -set_serial 0x7777 \
      -extfile $C -extensions {profile} -out n.crt
    {TOOLS}/gmcheck.sh cert ca.crt n.crt"""
    output = run("sh", "-c", script, SAN="URI:urn:certmesh:node:310000")

    assert output.startswith("OK\n"), output
    ca, certificate = (Certificate.from_pem((tmp_path / name).read_bytes()) for name in ("ca.crt", "n.crt"))
    verify_chain(certificate, ca, usage=usage, at=certificate.not_before)
    assert certificate.public_key == NODE_KEY.public


@needs_openssl
def test_a_request_that_openssl_made_is_read(tmp_path: Path) -> None:
    config = tmp_path / "req.cnf"
    config.write_text(
        "[req]\ndistinguished_name=dn\nprompt=no\nreq_extensions=wished\n[dn]\nO=Bureau\nCN=n1\n[wished]\n"
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment\nsubjectAltName=URI:urn:certmesh:node:330000\n"
    )
    script = f"""set -eu; cd {tmp_path}
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -pkeyopt ec_param_enc:named_curve -out n.key
    openssl req -config req.cnf -new -key n.key -sm3 -sigopt distid:1234567812345678 -out n.csr"""
    output = run("sh", "-c", script)
    request = read_request((tmp_path / "n.csr").read_bytes())

    assert (request.province, request.name, request.usage) == ("330000", "Bureau", Usage.ENCRYPTION), output

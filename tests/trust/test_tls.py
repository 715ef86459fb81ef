"""The channel's certificate: a real TLS 1.3 handshake both ways, pins, and the key at rest."""

import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from trust import gm
from trust.errors import IdentityError, KeyMaterialError
from trust.identity import issue_ca
from trust.tls import TlsPair, decrypt_tls_key, make_tls, tls_host, tls_not_after, tls_pin

NOW = datetime.now(UTC) - timedelta(minutes=5)
PASSPHRASE = b"channel"


@pytest.fixture(scope="module")
def shanghai() -> TlsPair:
    return make_tls(province="310000", passphrase=PASSPHRASE, now=NOW)


@pytest.fixture(scope="module")
def jiangsu() -> TlsPair:
    return make_tls(province="320000", passphrase=PASSPHRASE, now=NOW)


def context(purpose: ssl.Purpose, own: TlsPair, peer: TlsPair, folder: Path) -> ssl.SSLContext:
    """Present one pair and trust nothing but the peer's certificate."""
    made = ssl.create_default_context(purpose, cadata=peer.certificate_pem.decode())
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    folder.mkdir()
    (folder / "pem").write_bytes(decrypt_tls_key(own.key_pem, PASSPHRASE) + own.certificate_pem)
    made.load_cert_chain(folder / "pem")
    return made


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> tuple[bytes, bytes]:
    """Shake hands in memory; returns the certificates each side saw of the other, the client's view first."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    waiting = set(ends)
    for end in ends * 4:
        if end in waiting:
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue

    assert waiting == set()
    seen = tuple(end.getpeercert(binary_form=True) or b"" for end in ends)
    return seen[0], seen[1]


def test_two_nodes_shake_hands_and_see_each_others_pins(tmp_path: Path, shanghai: TlsPair, jiangsu: TlsPair) -> None:
    client = context(ssl.Purpose.SERVER_AUTH, jiangsu, shanghai, tmp_path / "client")
    server = context(ssl.Purpose.CLIENT_AUTH, shanghai, jiangsu, tmp_path / "server")
    of_server, of_client = handshake(client, server, tls_host("310000"))

    assert tls_pin(of_server) == tls_pin(shanghai.certificate_pem)
    assert tls_pin(of_client) == tls_pin(jiangsu.certificate_pem)
    assert handshake(client, server, "localhost")


@pytest.mark.parametrize(
    ("host", "client_trusts", "server_trusts"),
    [
        pytest.param("320000.certmesh", "shanghai", "jiangsu", id="the server has another province's name"),
        pytest.param("310000.certmesh", "jiangsu", "jiangsu", id="the client does not know the server"),
        pytest.param("310000.certmesh", "shanghai", "shanghai", id="the server does not know the client"),
    ],
)
def test_a_stranger_is_refused(
    tmp_path: Path, shanghai: TlsPair, jiangsu: TlsPair, host: str, client_trusts: str, server_trusts: str
) -> None:
    pairs = {"shanghai": shanghai, "jiangsu": jiangsu}
    client = context(ssl.Purpose.SERVER_AUTH, jiangsu, pairs[client_trusts], tmp_path / "client")
    server = context(ssl.Purpose.CLIENT_AUTH, shanghai, pairs[server_trusts], tmp_path / "server")

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client, server, host)


def test_the_certificate_names_its_province_and_the_local_machine(shanghai: TlsPair) -> None:
    certificate = x509.load_pem_x509_certificate(shanghai.certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    valid = certificate.not_valid_after_utc - certificate.not_valid_before_utc

    assert names.get_values_for_type(x509.DNSName) == ["310000.certmesh", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert valid == timedelta(days=365)


def test_the_pin_is_the_key_in_either_form(shanghai: TlsPair, jiangsu: TlsPair) -> None:
    certificate = x509.load_pem_x509_certificate(shanghai.certificate_pem)
    pin = tls_pin(shanghai.certificate_pem)

    assert re.fullmatch(r"[0-9a-f]{64}", pin)
    assert tls_pin(certificate.public_bytes(serialization.Encoding.DER)) == pin
    assert tls_pin(jiangsu.certificate_pem) != pin


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="an empty PEM block"),
        pytest.param(bytes(17 * 1024), id="longer than 16 KiB"),
        pytest.param(
            issue_ca(province="310000", name="上海", key=gm.PrivateKey.generate(), now=NOW).der, id="an SM2 certificate"
        ),
    ],
)
def test_what_is_no_channel_certificate_has_no_pin(certificate: bytes) -> None:
    with pytest.raises(IdentityError):
        tls_pin(certificate)


def test_the_key_opens_with_its_passphrase_only(shanghai: TlsPair) -> None:
    assert decrypt_tls_key(shanghai.key_pem, PASSPHRASE).startswith(b"-----BEGIN PRIVATE KEY-----")
    assert b"ENCRYPTED" in shanghai.key_pem
    with pytest.raises(KeyMaterialError):
        decrypt_tls_key(shanghai.key_pem, b"wrong")


def test_an_sm2_key_is_no_channel_key() -> None:
    with pytest.raises(KeyMaterialError, match="P-256"):
        decrypt_tls_key(gm.PrivateKey.generate().to_pkcs8(b"x"), b"x")


def test_the_end_of_a_channel_certificate_is_read() -> None:
    now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    pair = make_tls(province="310000", passphrase=b"x", now=now, valid_days=20)

    assert tls_not_after(pair.certificate_pem) == now + timedelta(days=20)
    with pytest.raises(IdentityError, match="malformed"):
        tls_not_after(b"-----BEGIN")

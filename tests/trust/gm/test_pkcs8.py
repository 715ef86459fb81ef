"""Private keys at rest: our files and the openssl command line's, and the files that must be refused."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trust import gm
from trust.errors import KeyMaterialError

PASSPHRASE = b"correct horse"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command line is not installed")


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def key() -> gm.PrivateKey:
    return gm.PrivateKey.generate()


@pytest.fixture(scope="module")
def pem(key: gm.PrivateKey) -> bytes:
    return key.to_pkcs8(PASSPHRASE)


def test_a_sealed_key_opens_again(key: gm.PrivateKey, pem: bytes) -> None:
    again = gm.PrivateKey.from_pkcs8(pem, PASSPHRASE)

    assert again.public == key.public
    assert key.public.verify(b"message", again.sign(b"message"))


def test_a_wrong_passphrase_does_not_open_it(pem: bytes) -> None:
    with pytest.raises(KeyMaterialError, match="passphrase"):
        gm.PrivateKey.from_pkcs8(pem, b"wrong")


def test_an_empty_passphrase_seals_nothing(key: gm.PrivateKey) -> None:
    with pytest.raises(KeyMaterialError, match="not empty"):
        key.to_pkcs8(b"")


@needs_openssl
def test_openssl_reads_our_file_as_pbes2_with_600000_rounds(key: gm.PrivateKey, pem: bytes) -> None:
    structure = openssl("asn1parse", stdin=pem).decode()
    public = openssl("pkey", "-passin", f"pass:{PASSPHRASE.decode()}", "-pubout", "-outform", "DER", stdin=pem)

    assert "PBES2" in structure
    assert "aes-256-cbc" in structure
    assert "hmacWithSHA256" in structure
    assert f"{600_000:06X}" in structure
    assert public.endswith(key.public.point)


@needs_openssl
@pytest.mark.parametrize("cipher", ["sm4-cbc", "aes-256-cbc"])
def test_a_key_that_openssl_made_opens(tmp_path: Path, cipher: str) -> None:
    curve = ["-pkeyopt", "ec_paramgen_curve:SM2", "-pkeyopt", "ec_param_enc:named_curve"]
    plain = openssl("genpkey", "-algorithm", "EC", *curve)
    sealed = openssl("pkcs8", "-topk8", "-v2", cipher, "-passout", "pass:x", stdin=plain)
    ours = gm.PrivateKey.from_pkcs8(sealed, b"x")
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "key").write_bytes(plain)
    user_id = ["-pkeyopt", "distid:1234567812345678"]
    sign = ["pkeyutl", "-sign", "-inkey", str(tmp_path / "key"), "-rawin", "-digest", "sm3", *user_id]

    assert ours.public.verify_der(b"message", openssl(*sign, "-in", str(tmp_path / "message")))


@needs_openssl
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
            "must be encrypted",
            id="an unencrypted key",
        ),
        pytest.param(
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "pass:x"],
            "not an SM2 key",
            id="a P-256 key",
        ),
        pytest.param(
            ["genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:x"],
            "not an SM2 key",
            id="an Ed25519 key",
        ),
    ],
)
def test_another_kind_of_key_file_is_refused(make: list[str], sentence: str) -> None:
    with pytest.raises(KeyMaterialError, match=sentence):
        gm.PrivateKey.from_pkcs8(openssl(*make), b"x")


@needs_openssl
def test_pbes1_is_refused() -> None:
    plain = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2")
    old = openssl("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "pass:x", stdin=plain)

    with pytest.raises(KeyMaterialError, match="PBES2"):
        gm.PrivateKey.from_pkcs8(old, b"x")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not a key", id="prose"),
        pytest.param(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", id="zeros"),
        pytest.param(b"-" * 20_000, id="longer than 16 KiB"),
    ],
)
def test_what_is_not_a_key_file_is_refused(text: bytes) -> None:
    with pytest.raises(KeyMaterialError):
        gm.PrivateKey.from_pkcs8(text, b"x")

"""Key files: modes, passphrases, provinces, and that nothing is ever written over. REQUIREMENTS 11.3."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem

from node import keys
from node.errors import ConfigError

PROVINCE, PASSPHRASE, NOW = "320000", b"correct horse battery", datetime.now(UTC)
SECRET = {"ca.key", "signing.key", "encryption.key", "tls.key", "storage.key", "storage.master"}
PUBLIC = {"ca.crt", "signing.crt", "encryption.crt", "tls.crt"}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of keys for all tests that only read."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    keys.create(folder, province=PROVINCE, name="江苏省", passphrase=PASSPHRASE, now=NOW)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(made, tmp_path / "keys"))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folder_and_every_secret_are_the_owners_alone(made: Path) -> None:
    modes = {path.name: mode(path) for path in made.iterdir()}

    assert mode(made) == 0o700
    assert modes == dict.fromkeys(SECRET, 0o600) | dict.fromkeys(PUBLIC, 0o644)


def test_no_private_key_lies_in_the_clear(made: Path) -> None:
    heads = {(made / name).read_bytes().split(b"\n")[0] for name in SECRET if name.endswith(".key")}

    assert heads == {b"-----BEGIN ENCRYPTED PRIVATE KEY-----"}


def test_every_private_key_is_derived_from_the_passphrase_by_600000_rounds(made: Path) -> None:
    rounds = b"\x02\x03" + (600_000).to_bytes(3)
    for name in SECRET - {"storage.master"}:
        assert rounds in pem.unarmor((made / name).read_bytes())[2], name


def test_what_was_made_loads(made: Path) -> None:
    identity = keys.load_identity(made, PROVINCE, PASSPHRASE)

    assert identity.signing_certificate.province == PROVINCE
    assert identity.signing_certificate.public_key == identity.signing_key.public
    assert identity.encryption_certificate.public_key == identity.encryption_key.public
    assert len(keys.load_master(made, PASSPHRASE)) == 32


def test_nothing_is_written_over(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    with pytest.raises(ConfigError, match="holds keys already"):
        keys.create(made, province=PROVINCE, name="x", passphrase=PASSPHRASE, now=NOW)

    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_a_folder_that_was_left_half_made_is_not_written_over_either(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        keys.create(tmp_path, province=PROVINCE, name="x", passphrase=PASSPHRASE, now=NOW)

    assert (tmp_path / "ca.crt").read_text() == "mine"


def test_a_private_file_never_existed_with_wider_permissions(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys.write_private(tmp_path / "secret", b"x")
    finally:
        os.umask(before)

    assert mode(tmp_path / "secret") == 0o600


@pytest.mark.parametrize(
    ("name", "bits"), [("signing.key", 0o640), ("signing.key", 0o604), ("encryption.key", 0o640), ("tls.key", 0o620)]
)
def test_a_key_that_others_can_reach_is_refused_with_the_command_that_mends_it(
    folder: Path, name: str, bits: int
) -> None:
    (folder / name).chmod(bits)
    with pytest.raises(ConfigError, match=f"chmod 600 .*{name}"):
        keys.load_identity(folder, PROVINCE, PASSPHRASE)


@pytest.mark.parametrize("name", ["storage.key", "storage.master"])
def test_a_master_that_others_can_reach_is_refused(folder: Path, name: str) -> None:
    (folder / name).chmod(0o644)
    with pytest.raises(ConfigError, match="readable by others"):
        keys.load_master(folder, PASSPHRASE)


def test_a_wrong_passphrase_is_said_so(made: Path) -> None:
    with pytest.raises(ConfigError, match=r"signing\.key.*is the passphrase right\?"):
        keys.load_identity(made, PROVINCE, b"another passphrase")
    with pytest.raises(ConfigError, match="is the passphrase right"):
        keys.load_master(made, b"another passphrase")


def test_the_keys_of_another_province_are_refused(made: Path) -> None:
    with pytest.raises(ConfigError, match="holds the keys of 320000, not of 310000"):
        keys.load_identity(made, "310000", PASSPHRASE)


@pytest.mark.parametrize("name", sorted((SECRET | PUBLIC) - {"storage.key", "storage.master", "ca.key"}))
def test_a_missing_file_is_named_with_what_to_do(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"{name}: cannot be read \(No such file.*certmesh init"):
        keys.load_identity(folder, PROVINCE, PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("signing.key", b"", id="an empty key"),
        pytest.param("signing.key", b"not a key", id="a text for a key"),
        pytest.param("signing.key", b"\xff\xfe\x00", id="bytes for a key"),
        pytest.param("signing.key", bytes(70_000), id="a key without end"),
        pytest.param("signing.crt", b"", id="an empty certificate"),
        pytest.param("signing.crt", b"\xff\xfe\x00", id="bytes for a certificate"),
        pytest.param("ca.crt", b"\xff\xfe\x00", id="bytes for the CA's certificate"),
        pytest.param("encryption.crt", b"not a certificate", id="a text for the encryption certificate"),
        pytest.param("tls.key", b"not a key", id="a text for the TLS key"),
    ],
)
def test_a_file_with_something_else_in_it_is_refused(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ConfigError, match=str(folder)):
        keys.load_identity(folder, PROVINCE, PASSPHRASE)


def test_a_master_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / "storage.master"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"storage\.master"):
        keys.load_master(folder, PASSPHRASE)


def test_a_passphrase_comes_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery\n")
    path.chmod(0o600)

    assert keys.read_passphrase(file=path, environment=None) == PASSPHRASE


@pytest.mark.parametrize(
    ("content", "bits", "words"),
    [
        pytest.param(b"correct horse battery", 0o644, "readable by others", id="that others can read"),
        pytest.param(b"0123456789a", 0o600, "shorter than 12 characters", id="too short"),
        pytest.param(b"", 0o600, "shorter than 12 characters", id="empty"),
        pytest.param(b"\xff" * 20, 0o600, "not a text file", id="that is no text"),
    ],
)
def test_a_passphrase_file_is_refused(tmp_path: Path, content: bytes, bits: int, words: str) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(content)
    path.chmod(bits)
    with pytest.raises(ConfigError, match=words) as caught:
        keys.read_passphrase(file=path, environment=None)

    assert not content or content.decode(errors="replace") not in str(caught.value)


def test_a_passphrase_file_that_is_a_folder_or_missing_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match="cannot be read"):
            keys.read_passphrase(file=path, environment=None)


def test_a_passphrase_comes_from_its_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMESH_TEST_PASSPHRASE", PASSPHRASE.decode())

    assert keys.read_passphrase(file=None, environment="CERTMESH_TEST_PASSPHRASE") == PASSPHRASE


@pytest.mark.parametrize("name", [None, "", "CERTMESH_TEST_UNSET"])
def test_without_a_source_there_is_no_passphrase(name: str | None) -> None:
    with pytest.raises(ConfigError, match=r"keys: "):
        keys.read_passphrase(file=None, environment=name)

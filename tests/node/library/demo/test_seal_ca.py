"""The test CA in its folder: made once, opened again, refused when it is damaged, and accepted by independent tools."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from node.errors import ConfigError
from node.library.demo import CERTIFICATE_NAME, SealCa, open_seal_ca
from node.library.demo.seal_ca import KEY_NAME
from trust.gm import PrivateKey
from trust.identity import Certificate, Usage

GMCHECK = Path(__file__).parents[5] / "shared" / "tools" / "gmcheck.sh"
needs_gmcheck = pytest.mark.skipif(
    shutil.which("openssl") is None or not GMCHECK.exists(), reason="openssl or ../shared/tools is not there"
)


def test_a_folder_has_one_ca_and_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "seal-ca"
    made, again = open_seal_ca(folder), open_seal_ca(folder)

    assert made.certificate == again.certificate
    assert made.key.public == again.key.public
    assert {CERTIFICATE_NAME, KEY_NAME} == {path.name for path in folder.iterdir()}
    assert Certificate.from_pem((folder / CERTIFICATE_NAME).read_text()) == made.certificate


def test_the_key_is_readable_by_its_owner_alone_and_says_what_it_is(tmp_path: Path) -> None:
    open_seal_ca(tmp_path)
    key = tmp_path / KEY_NAME

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"TEST certification authority" in key.read_bytes()


def test_the_ca_may_issue_and_says_that_nobody_should_trust_it() -> None:
    certificate = SealCa.new().certificate

    assert {Usage.CA} == certificate.usages
    assert "样例" in certificate.common_name
    assert "never trust in production" in certificate.common_name
    assert certificate.province == ""


@pytest.mark.parametrize("missing", [CERTIFICATE_NAME, KEY_NAME])
def test_half_a_ca_is_refused_and_left_alone(tmp_path: Path, missing: str) -> None:
    open_seal_ca(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(ConfigError, match=r"remove seal-ca\.crt and seal-ca\.key"):
        open_seal_ca(tmp_path)
    assert not (tmp_path / missing).exists()


@pytest.mark.parametrize("name", [CERTIFICATE_NAME, KEY_NAME])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    open_seal_ca(tmp_path)
    (tmp_path / name).write_bytes(b"x" * 100_000)

    with pytest.raises(ConfigError, match="no test seal CA that can be used"):
        open_seal_ca(tmp_path)


def test_the_key_of_another_ca_is_refused(tmp_path: Path) -> None:
    open_seal_ca(tmp_path / "a")
    open_seal_ca(tmp_path / "b")
    shutil.copy(tmp_path / "a" / KEY_NAME, tmp_path / "b" / KEY_NAME)

    with pytest.raises(ConfigError, match="do not belong together"):
        open_seal_ca(tmp_path / "b")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be written"):
        open_seal_ca(tmp_path / "file" / "seal-ca")


@needs_gmcheck
def test_the_independent_checker_accepts_the_ca_and_what_it_issues(tmp_path: Path) -> None:
    ca = open_seal_ca(tmp_path)
    leaf = Certificate.from_der(ca.issue("样例厅", PrivateKey.generate().public))
    (tmp_path / "leaf.crt").write_text(leaf.pem)
    (tmp_path / "other.crt").write_text(SealCa.new().certificate.pem)

    def answer(issuer: str, certificate: str) -> str:
        files = (tmp_path / issuer, tmp_path / certificate)
        done = subprocess.run([GMCHECK, "cert", *files], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    assert answer(CERTIFICATE_NAME, CERTIFICATE_NAME) == "OK"
    assert answer(CERTIFICATE_NAME, "leaf.crt") == "OK"
    assert answer("other.crt", "leaf.crt") == "FAIL"

"""The next key beside the one in use: made, certified here or elsewhere, put into use through any interruption, the old one destroyed."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem

from node import key_rotation, keys
from node.errors import ConfigError
from node.key_rotation import NEXT, OLD, path_of
from tests.light import ROUNDS
from tests.trust.identity.pki import TOOLS, needs_tools, run
from trust import gm
from trust.errors import IdentityError
from trust.identity import Certificate, Usage, issue, issue_ca, issue_from_request
from trust.membership import KeyUsage
from trust.tls import tls_pin

PROVINCE, PHRASE, NAME = "320000", b"correct horse battery", "江苏省大数据局"
NOW = datetime.now(UTC).replace(microsecond=0)
USAGES = tuple(KeyUsage)
SM2 = (KeyUsage.SIGNING, KeyUsage.ENCRYPTION)


def made_next(folder: Path, usage: KeyUsage) -> str:
    return key_rotation.make_next(
        folder, usage, province=PROVINCE, name=NAME, passphrase=PHRASE, now=NOW, valid_days=30, rounds=ROUNDS
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rotation") / "keys"
    keys.create(folder, province=PROVINCE, name=NAME, passphrase=PHRASE, now=NOW - timedelta(days=1), rounds=ROUNDS)
    return folder


@pytest.fixture(scope="module")
def ready(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a next key for every purpose."""
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("ready") / "keys"))
    for usage in USAGES:
        made_next(folder, usage)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "keys"))


@pytest.fixture
def rotating(ready: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready, tmp_path / "rotating"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def promoted(before: dict[str, bytes], usage: KeyUsage) -> dict[str, bytes]:
    """The files as they should be afterwards."""
    after = dict(before)
    for kind in ("key", "crt"):
        after[f"{usage}.{OLD}.{kind}"] = before[f"{usage}.{kind}"]
        after[f"{usage}.{kind}"] = after.pop(f"{usage}.{NEXT}.{kind}")
    return after


@pytest.mark.parametrize("usage", USAGES)
def test_the_next_key_is_derived_from_the_passphrase_by_600000_rounds(folder: Path, usage: KeyUsage) -> None:
    key_rotation.make_next(folder, usage, province=PROVINCE, name=NAME, passphrase=PHRASE, now=NOW, valid_days=30)

    assert b"\x02\x03" + (600_000).to_bytes(3) in pem.unarmor(path_of(folder, usage, "key", NEXT).read_bytes())[2]


def test_secrets_are_the_owners_alone(ready: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in ready.iterdir() if f".{NEXT}." in path.name}

    assert {mode for name, mode in modes.items() if name.endswith(".key")} == {0o600}
    assert {mode for name, mode in modes.items() if name.endswith(".crt")} == {0o644}
    assert len(modes) == 6
    heads = {(ready / name).read_bytes().split(b"\n")[0] for name in modes if name.endswith(".key")}
    assert heads == {b"-----BEGIN ENCRYPTED PRIVATE KEY-----"}


def test_a_next_certificate_is_by_the_folders_ca_and_for_its_key(ready: Path) -> None:
    for usage in SM2:
        certificate = Certificate.from_pem(path_of(ready, usage, "crt", NEXT).read_bytes())

        assert certificate.public_key == keys.load_private(ready, f"{usage}.{NEXT}", PHRASE).public
        assert (certificate.province, set(certificate.usages)) == (PROVINCE, {Usage(usage.value)})
        assert certificate.not_after == NOW + timedelta(days=30)


@needs_tools
def test_the_openssl_command_line_believes_next_certificates(ready: Path) -> None:
    for usage in SM2:
        said = run(TOOLS / "gmcheck.sh", "cert", ready / "ca.crt", path_of(ready, usage, "crt", NEXT))

        assert said.strip() == "OK"


@pytest.mark.parametrize("usage", USAGES)
def test_there_is_one_next_key_at_a_time(rotating: Path, usage: KeyUsage) -> None:
    before = contents(rotating)
    with pytest.raises(ConfigError, match=r"a next .* key already"):
        made_next(rotating, usage)
    assert contents(rotating) == before


@pytest.mark.parametrize("usage", USAGES)
def test_who_was_interrupted_after_the_key_goes_on(rotating: Path, usage: KeyUsage) -> None:
    path_of(rotating, usage, "crt", NEXT).unlink()
    before = path_of(rotating, usage, "key", NEXT).read_bytes()
    made_next(rotating, usage)

    assert (path_of(rotating, usage, "key", NEXT).read_bytes() == before) == (usage is not KeyUsage.TLS)
    assert key_rotation.promote(rotating, usage, passphrase=PHRASE)


@pytest.mark.parametrize("usage", SM2)
def test_a_certificate_from_elsewhere_is_asked_for_and_put_beside_its_key(folder: Path, usage: KeyUsage) -> None:
    request = key_rotation.ask_next(folder, usage, province=PROVINCE, name=NAME, passphrase=PHRASE)
    again = key_rotation.ask_next(folder, usage, province=PROVINCE, name=NAME, passphrase=PHRASE)
    ca_key = keys.load_private(folder, "ca", PHRASE)
    ca = Certificate.from_pem((folder / "ca.crt").read_bytes())
    issued = issue_from_request(ca=ca, ca_key=ca_key, request=request, now=NOW)
    key_rotation.install_next(folder, usage, issued, passphrase=PHRASE, now=NOW)

    assert again.public_key == request.public_key
    assert Certificate.from_pem(path_of(folder, usage, "crt", NEXT).read_bytes()) == issued
    assert key_rotation.promote(folder, usage, passphrase=PHRASE)


def foreign(folder: Path) -> Certificate:
    """For the right key, by another CA."""
    ca_key = gm.PrivateKey.generate()
    ca = issue_ca(province=PROVINCE, name="x", key=ca_key, now=NOW)
    public = keys.load_private(folder, "signing.next", PHRASE).public
    return issue(ca=ca, ca_key=ca_key, province=PROVINCE, name="x", usage=Usage.SIGNING, public_key=public, now=NOW)


UNFIT: list[Any] = [
    pytest.param(lambda f: Certificate.from_pem((f / "signing.crt").read_bytes()), "another key", id="another key"),
    pytest.param(foreign, "another CA", id="another CA"),
]


@pytest.mark.parametrize(("offered", "sentence"), UNFIT)
def test_a_certificate_that_does_not_fit_is_not_taken(
    folder: Path, offered: Callable[[Path], Certificate], sentence: str
) -> None:
    key_rotation.ask_next(folder, KeyUsage.SIGNING, province=PROVINCE, name=NAME, passphrase=PHRASE)
    with pytest.raises(IdentityError, match=sentence):
        key_rotation.install_next(folder, KeyUsage.SIGNING, offered(folder), passphrase=PHRASE, now=NOW)
    assert not path_of(folder, KeyUsage.SIGNING, "crt", NEXT).exists()


def test_no_ca_is_asked_for_the_channel(folder: Path) -> None:
    with pytest.raises(ConfigError, match="self-signed"):
        key_rotation.ask_next(folder, KeyUsage.TLS, province=PROVINCE, name=NAME, passphrase=PHRASE)


@pytest.mark.parametrize("usage", USAGES)
def test_promotion_puts_the_next_into_use_and_keeps_the_old(rotating: Path, usage: KeyUsage) -> None:
    before = contents(rotating)

    assert key_rotation.promote(rotating, usage, passphrase=PHRASE)
    assert contents(rotating) == promoted(before, usage)
    assert not key_rotation.promote(rotating, usage, passphrase=PHRASE)
    assert contents(rotating) == promoted(before, usage)
    keys.load_identity(rotating, PROVINCE, PHRASE)


STEPS: tuple[Callable[[Path, KeyUsage], Any], ...] = (
    lambda f, u: shutil.copy2(path_of(f, u, "key"), path_of(f, u, "key", OLD)),
    lambda f, u: shutil.copy2(path_of(f, u, "key", NEXT), path_of(f, u, "key")),
    lambda f, u: shutil.copy2(path_of(f, u, "crt"), path_of(f, u, "crt", OLD)),
    lambda f, u: shutil.copy2(path_of(f, u, "crt", NEXT), path_of(f, u, "crt")),
    lambda f, u: path_of(f, u, "crt", NEXT).unlink(),
    lambda f, u: path_of(f, u, "key", NEXT).unlink(),
)


@pytest.mark.parametrize("usage", USAGES)
@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_a_promotion_interrupted_after_any_step_is_finished_by_the_next(
    rotating: Path, done: int, usage: KeyUsage
) -> None:
    wanted = promoted(contents(rotating), usage)
    for step in STEPS[:done]:
        step(rotating, usage)
    (rotating / f"{usage}.key.new").write_bytes(b"left behind")
    key_rotation.promote(rotating, usage, passphrase=PHRASE)
    (rotating / f"{usage}.key.new").unlink(missing_ok=True)

    assert contents(rotating) == wanted


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_a_start_finishes_what_was_begun_and_begins_nothing(rotating: Path, done: int) -> None:
    usage, before = KeyUsage.SIGNING, contents(rotating)
    for step in STEPS[:done]:
        step(rotating, usage)
    begun = key_rotation.settle(rotating, passphrase=PHRASE)
    identity = keys.load_identity(rotating, PROVINCE, PHRASE)

    assert begun == ((usage,) if 2 <= done < len(STEPS) else ())
    assert identity.signing_key.public == identity.signing_certificate.public_key
    if begun:
        assert contents(rotating) == promoted(before, usage)


@pytest.mark.parametrize("usage", USAGES)
def test_a_next_pair_that_does_not_fit_together_is_not_promoted(rotating: Path, usage: KeyUsage) -> None:
    path_of(rotating, usage, "crt", NEXT).write_bytes(path_of(rotating, usage, "crt").read_bytes())
    before = contents(rotating)
    with pytest.raises(ConfigError, match="is not for the key"):
        key_rotation.promote(rotating, usage, passphrase=PHRASE)
    assert contents(rotating) == before


def test_a_next_key_without_its_certificate_is_not_promoted(rotating: Path) -> None:
    path_of(rotating, KeyUsage.SIGNING, "crt", NEXT).unlink()
    with pytest.raises(ConfigError, match="no certificate yet"):
        key_rotation.promote(rotating, KeyUsage.SIGNING, passphrase=PHRASE)


def test_a_wrong_passphrase_promotes_nothing(rotating: Path) -> None:
    before = contents(rotating)
    for usage in USAGES:
        with pytest.raises(ConfigError, match="is the passphrase right"):
            key_rotation.promote(rotating, usage, passphrase=b"wrong wrong wrong")
    assert contents(rotating) == before


def test_every_signing_key_with_a_certificate_is_at_hand(rotating: Path) -> None:
    first = Certificate.from_pem((rotating / "signing.crt").read_bytes())
    second = Certificate.from_pem((rotating / "signing.next.crt").read_bytes())
    now = key_rotation.signing_pairs(rotating, PHRASE)
    key_rotation.promote(rotating, KeyUsage.SIGNING, passphrase=PHRASE)
    then = key_rotation.signing_pairs(rotating, PHRASE)

    assert [(pair.place, pair.certificate) for pair in now] == [("", first), (NEXT, second)]
    assert [(pair.place, pair.certificate) for pair in then] == [("", second), (OLD, first)]
    assert all(pair.key.public == pair.certificate.public_key for pair in (*now, *then))


def test_the_old_key_is_destroyed_on_demand(rotating: Path) -> None:
    key_rotation.promote(rotating, KeyUsage.TLS, passphrase=PHRASE)
    pin = tls_pin((rotating / "tls.crt").read_bytes())

    assert key_rotation.destroy_old(rotating, KeyUsage.TLS)
    assert not key_rotation.destroy_old(rotating, KeyUsage.TLS)
    assert not list(rotating.glob("tls.old.*"))
    assert tls_pin(keys.load_identity(rotating, PROVINCE, PHRASE).tls_certificate_pem) == pin

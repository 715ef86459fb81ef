"""node.keyring: every pair of a keys folder, in whatever state a rotation has left it; which one is used, membership says."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node import key_rotation, keyring, keys
from node.errors import ConfigError
from tests.light import ROUNDS
from trust.errors import IdentityError
from trust.local import KeyRing
from trust.membership import KeyUsage

PROVINCE, PASSPHRASE, NOW = "320000", b"correct horse battery", datetime.now(UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a next key of every usage."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    keys.create(folder, province=PROVINCE, name="江苏省", passphrase=PASSPHRASE, now=NOW, rounds=ROUNDS)
    for usage in KeyUsage:
        key_rotation.make_next(
            folder,
            usage,
            province=PROVINCE,
            name="江苏省",
            passphrase=PASSPHRASE,
            now=NOW,
            valid_days=30,
            rounds=ROUNDS,
        )
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(made, tmp_path / "keys"))


def load(folder: Path) -> KeyRing:
    return keyring.load(folder, PROVINCE, PASSPHRASE)


def labels(ring: KeyRing) -> list[list[str]]:
    return [[one.label for one in pairs] for pairs in (ring.signing, ring.encryption, ring.tls)]


def test_the_pair_in_use_comes_first_and_the_next_one_after_it(made: Path) -> None:
    ring = load(made)

    assert [len(one) for one in labels(ring)] == [2, 2, 2]
    assert ring.signing[0].certificate.pem == (made / "signing.crt").read_text()
    assert ring.tls[1].certificate_pem == (made / "tls.next.crt").read_bytes()


def test_after_a_promotion_the_same_pairs_are_there_in_the_other_order(folder: Path) -> None:
    before = labels(load(folder))
    for usage in KeyUsage:
        key_rotation.promote(folder, usage, passphrase=PASSPHRASE)

    assert labels(load(folder)) == [one[::-1] for one in before]


def test_a_promotion_that_was_interrupted_loses_no_pair(folder: Path) -> None:
    """The key has moved up, its certificate not yet."""
    before = [set(one) for one in labels(load(folder))]
    for usage in KeyUsage:
        shutil.copy(folder / f"{usage}.key", folder / f"{usage}.old.key")
        shutil.copy(folder / f"{usage}.next.key", folder / f"{usage}.key")

    assert [set(one) for one in labels(load(folder))] == before


def test_a_next_key_whose_certificate_is_still_at_the_ca_does_not_count(folder: Path) -> None:
    (folder / "signing.next.crt").unlink()

    assert [len(one) for one in labels(load(folder))] == [1, 2, 2]


@pytest.mark.parametrize("usage", list(KeyUsage))
def test_a_certificate_without_its_key_is_refused(folder: Path, usage: KeyUsage) -> None:
    (folder / f"{usage}.key").replace(folder / f"{usage}.elsewhere")
    (folder / f"{usage}.next.key").replace(folder / f"{usage}.key")
    (folder / f"{usage}.next.crt").unlink()
    with pytest.raises(ConfigError, match=f"no {usage} certificate here is for a {usage} key here"):
        load(folder)


def test_a_wrong_passphrase_is_named(made: Path) -> None:
    with pytest.raises(ConfigError, match="is the passphrase right"):
        keyring.load(made, PROVINCE, b"not the passphrase")


def test_the_identity_is_the_first_listed_pair_that_is_held(made: Path) -> None:
    ring = load(made)
    signing, encryption, tls = labels(ring)
    identity = ring.identity(
        signing=["of another machine", signing[1], signing[0]], encryption=encryption[::-1], tls=tls
    )

    assert identity.signing_certificate.fingerprint == signing[1]
    assert identity.signing_key.public == identity.signing_certificate.public_key
    assert identity.encryption_certificate.fingerprint == encryption[1]
    assert set(identity.opening_keys) == set(encryption)
    assert identity.tls_certificate_pem == ring.tls[0].certificate_pem


def test_a_usage_of_which_no_listed_key_is_held_is_named(made: Path) -> None:
    ring = load(made)
    signing, encryption, _ = labels(ring)
    with pytest.raises(IdentityError, match="none of the tls certificates"):
        ring.identity(signing=signing, encryption=encryption, tls=["ab" * 32])


def test_a_ring_shows_no_key(made: Path) -> None:
    assert repr(load(made)) == "KeyRing(320000)"

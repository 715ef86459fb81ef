"""A node's key files: made, written, and read back with their permissions checked. DESIGN §4, REQUIREMENTS 11.3.

In the keys folder (0700), every private key an encrypted PKCS#8 file (0600):
ca.key ca.crt · signing.key signing.crt · encryption.key encryption.crt · tls.key tls.crt · storage.key storage.master.
`storage.master` is the vault's master under `storage.key`, a key pair that is never rotated with the identity.
Whose the files are, who may read them, and where the passphrase comes from: `node.secret_files`.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from node.errors import ConfigError
from node.secret_files import check_private, folder_problem, read_bytes, read_passphrase, read_text
from node.vault import MASTER_BYTES
from trust import gm
from trust.errors import IdentityError, TrustError
from trust.identity import Certificate, Usage, issue, issue_ca
from trust.local import LocalIdentity
from trust.tls import decrypt_tls_key, make_tls

__all__ = [
    "Certificates",
    "check_private",
    "create",
    "load_certificates",
    "load_identity",
    "load_master",
    "load_private",
    "load_signing",
    "read_passphrase",
    "replace_public",
    "write_private",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The public half of an identity, as PEM."""

    ca: str
    signing: str
    encryption: str
    tls: str


def create(
    folder: Path, *, province: str, name: str, passphrase: bytes, now: datetime, rounds: int = gm.ROUNDS
) -> None:
    """Make all keys and identity certificates of a province in a new folder; `rounds`: of the derivation from the passphrase.

    Raises:
        ConfigError: the folder holds keys already; nothing is overwritten.
    """
    if (folder / "signing.key").exists():
        raise ConfigError(f"{folder}: holds keys already; choose another folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    keys = {label: gm.PrivateKey.generate() for label in ("ca", "signing", "encryption", "storage")}
    ca = issue_ca(province=province, name=name, key=keys["ca"], now=now)
    write_private(folder / "ca.crt", ca.pem.encode(), mode=0o644)
    for usage in (Usage.SIGNING, Usage.ENCRYPTION):
        label = usage.value.lower()
        certificate = issue(
            ca=ca,
            ca_key=keys["ca"],
            province=province,
            name=name,
            usage=usage,
            public_key=keys[label].public,
            now=now,
        )
        write_private(folder / f"{label}.crt", certificate.pem.encode(), mode=0o644)
    tls = make_tls(province=province, passphrase=passphrase, now=now, rounds=rounds)
    write_private(folder / "tls.crt", tls.certificate_pem, mode=0o644)
    write_private(folder / "tls.key", tls.key_pem)
    master = keys["storage"].public.encrypt(secrets.token_bytes(MASTER_BYTES))
    write_private(folder / "storage.master", master)
    for label, key in keys.items():
        write_private(folder / f"{label}.key", key.to_pkcs8(passphrase, rounds=rounds))


def write_private(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file that never existed with wider permissions.

    Raises:
        ConfigError: it exists.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise ConfigError(f"{path}: exists already") from error
    with os.fdopen(descriptor, "wb") as writing:
        writing.write(data)


def replace_public(path: Path, data: bytes, *, previous: str | None = None) -> None:
    """Put a public file in its place whole, or leave what is there; `previous`: the name under which the file so far is kept beside it."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as writing:
        writing.write(data)
        writing.flush()
        os.fsync(writing.fileno())
    fresh.chmod(0o644)
    if previous is not None:
        kept = path.with_name(previous)
        kept.unlink(missing_ok=True)
        kept.hardlink_to(path)
    fresh.replace(path)


def load_private(folder: Path, label: str, passphrase: bytes) -> gm.PrivateKey:
    """One SM2 key of the folder: ca, signing, encryption or storage.

    Raises:
        ConfigError: missing, open to others, or the passphrase is wrong.
    """
    path = folder / f"{label}.key"
    if problem := folder_problem(folder):
        raise ConfigError(problem)
    check_private(path)
    try:
        return gm.PrivateKey.from_pkcs8(read_bytes(path), passphrase)
    except TrustError as error:
        raise ConfigError(f"{path}: {error}; is the passphrase right?") from error


def load_certificates(folder: Path) -> Certificates:
    """The certificates of a keys folder; no passphrase is needed.

    Raises:
        ConfigError: a file is missing.
    """
    return Certificates(
        ca=read_text(folder / "ca.crt"),
        signing=read_text(folder / "signing.crt"),
        encryption=read_text(folder / "encryption.crt"),
        tls=read_text(folder / "tls.crt"),
    )


def load_signing(folder: Path, passphrase: bytes) -> tuple[gm.PrivateKey, Certificate]:
    """The signing key alone, for signing a document by hand.

    Raises:
        ConfigError: a file is missing, open to others, or the passphrase is wrong.
    """
    try:
        certificate = Certificate.from_pem(load_certificates(folder).signing)
    except IdentityError as error:
        raise ConfigError(f"{folder / 'signing.crt'}: {error}") from error
    return load_private(folder, "signing", passphrase), certificate


def load_identity(folder: Path, province: str, passphrase: bytes) -> LocalIdentity:
    """Everything a running node needs of its identity.

    Raises:
        ConfigError: a file is missing, open to others, of another province, or the passphrase is wrong.
    """
    signing_key, signing_certificate = load_signing(folder, passphrase)
    encryption_key = load_private(folder, "encryption", passphrase)
    if signing_certificate.province != province:
        raise ConfigError(f"{folder}: holds the keys of {signing_certificate.province}, not of {province}")
    check_private(folder / "tls.key")
    try:
        tls_key = decrypt_tls_key(read_bytes(folder / "tls.key"), passphrase)
        encryption_certificate = Certificate.from_pem(load_certificates(folder).encryption)
    except TrustError as error:
        raise ConfigError(f"{folder}: {error}") from error
    for label, key, certificate in (
        ("signing", signing_key, signing_certificate),
        ("encryption", encryption_key, encryption_certificate),
    ):
        if key.public != certificate.public_key:
            raise ConfigError(
                f"{folder}: {label}.crt is for another key than {label}.key; put back the pair, see `certmesh doctor`"
            )
    return LocalIdentity(
        province=province,
        signing_key=signing_key,
        signing_certificate=signing_certificate,
        encryption_key=encryption_key,
        encryption_certificate=encryption_certificate,
        tls_key_pem=tls_key,
        tls_certificate_pem=read_bytes(folder / "tls.crt"),
    )


def load_master(folder: Path, passphrase: bytes) -> bytes:
    """The vault's master.

    Raises:
        ConfigError: a file is missing, or does not open.
    """
    path = folder / "storage.master"
    check_private(path)
    try:
        master = load_private(folder, "storage", passphrase).decrypt(read_bytes(path))
    except TrustError as error:
        raise ConfigError(f"{path}: {error}") from error
    if len(master) != MASTER_BYTES:
        raise ConfigError(f"{path}: not a storage master")
    return master

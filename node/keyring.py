"""All key pairs of a keys folder: for each usage the current one, the next one and the old one, where they are there. DESIGN §4.

`<usage>.key` and `.crt`, `<usage>.next.key` and `.crt`, `<usage>.old.key` and `.crt`, for signing, encryption and tls. Which of them is
used, membership says (`trust.local.KeyRing`), so no file has to be renamed at the moment of a change; and a key and a certificate belong
together by what they are, not by their names, so a change of names that was interrupted harms nothing (`node.key_rotation`).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from node import keys
from node.errors import ConfigError
from trust import gm
from trust.errors import TrustError
from trust.identity import Certificate
from trust.local import ChannelPair, IdentityPair, KeyRing
from trust.tls import decrypt_tls_key, tls_pin, tls_pin_of_key

STAGES = ("", ".next", ".old")
_MAX_FILE = 64 << 10  # bytes


def load(folder: Path, province: str, passphrase: bytes) -> KeyRing:
    """Read every pair. Blocking: each key costs the work that its passphrase is protected with.

    Raises:
        ConfigError: a usage has no pair, a file cannot be used, or a certificate is of another province.
    """
    return KeyRing(
        province=province,
        signing=_identities(folder, "signing", province, passphrase),
        encryption=_identities(folder, "encryption", province, passphrase),
        tls=_channels(folder, passphrase),
    )


def _identities(folder: Path, usage: str, province: str, passphrase: bytes) -> tuple[IdentityPair[gm.PrivateKey], ...]:
    found: dict[bytes, gm.PrivateKey] = {}
    for label in _labels(folder, usage, ".key"):
        key = keys.load_private(folder, label, passphrase)
        found[key.public.point] = key
    pairs = []
    for label in _labels(folder, usage, ".crt"):
        try:
            certificate = Certificate.from_pem(_read(folder / f"{label}.crt"))
        except TrustError as error:
            raise ConfigError(f"{folder / label}.crt: {error}") from error
        if certificate.province != province:
            raise ConfigError(f"{folder}: holds the keys of {certificate.province}, not of {province}")
        if certificate.public_key.point in found:
            pairs.append(IdentityPair(certificate=certificate, key=found[certificate.public_key.point]))
    return _some(folder, usage, pairs)


def _channels(folder: Path, passphrase: bytes) -> tuple[ChannelPair, ...]:
    found: dict[str, bytes] = {}
    pairs = []
    for label in _labels(folder, "tls", ".key"):
        path = folder / f"{label}.key"
        keys.check_private(path)
        try:
            pem = decrypt_tls_key(_read(path), passphrase)
            found[tls_pin_of_key(pem)] = pem
        except TrustError as error:
            raise ConfigError(f"{path}: {error}; is the passphrase right?") from error
    for label in _labels(folder, "tls", ".crt"):
        certificate = _read(folder / f"{label}.crt")
        try:
            pin = tls_pin(certificate)
        except TrustError as error:
            raise ConfigError(f"{folder / label}.crt: {error}") from error
        if pin in found:
            pairs.append(ChannelPair(label=pin, certificate_pem=certificate, key_pem=found[pin]))
    return _some(folder, "tls", pairs)


P = TypeVar("P", IdentityPair[gm.PrivateKey], ChannelPair)


def _some(folder: Path, usage: str, pairs: Iterable[P]) -> tuple[P, ...]:
    """Each pair once, in the order of their stages.

    Raises:
        ConfigError: there is none.
    """
    once: dict[str, P] = {}
    for pair in pairs:
        once.setdefault(pair.label, pair)
    if not once:
        raise ConfigError(f"{folder}: no {usage} certificate here is for a {usage} key here; put back the pair")
    return tuple(once.values())


def _labels(folder: Path, usage: str, ending: str) -> list[str]:
    """The stages that are there; the current one is always read, so that its absence is an error with its name."""
    return [usage + stage for stage in STAGES if not stage or (folder / f"{usage}{stage}{ending}").exists()]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as reading:
            data = reading.read(_MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); run `certmesh init` or correct the path"
        ) from error
    if len(data) > _MAX_FILE:
        raise ConfigError(f"{path}: larger than 64 KiB, not a key or certificate")
    return data

"""All key pairs of a keys folder: for each usage the current one, the next one and the old one, where they are there. DESIGN §4.

`<usage>.key` and `.crt`, `<usage>.next.key` and `.crt`, `<usage>.old.key` and `.crt`, for signing, encryption and tls. Which of them is
used, membership says (`trust.local.KeyRing`); so nothing has to be renamed at the moment of a change, and a running node reads the folder
again whenever it adopts a document.
"""

from pathlib import Path

from node import keys
from node.errors import ConfigError
from trust.errors import TrustError
from trust.identity import Certificate
from trust.local import ChannelPair, IdentityPair, KeyRing
from trust.tls import decrypt_tls_key, tls_pin

STAGES = ("", ".next", ".old")
_MAX_FILE = 64 << 10  # bytes


def load(folder: Path, province: str, passphrase: bytes) -> KeyRing:
    """Read every complete pair. Blocking: each key costs the work that its passphrase is protected with.

    Raises:
        ConfigError: a current pair is missing, a file cannot be used, or a certificate is of another province or another key.
    """
    return KeyRing(
        province=province,
        signing=tuple(_identity(folder, label, province, passphrase) for label in _labels(folder, "signing")),
        encryption=tuple(_identity(folder, label, province, passphrase) for label in _labels(folder, "encryption")),
        tls=tuple(_channel(folder, label, passphrase) for label in _labels(folder, "tls")),
    )


def _labels(folder: Path, usage: str) -> list[str]:
    """The current pair must be there; a next or old one counts when both its files are: a request may still be at the CA."""
    labels = [usage + stage for stage in STAGES]
    return [
        label
        for label in labels
        if label == usage or all((folder / f"{label}{ending}").exists() for ending in (".key", ".crt"))
    ]


def _identity(folder: Path, label: str, province: str, passphrase: bytes) -> IdentityPair:
    key = keys.load_private(folder, label, passphrase)
    try:
        certificate = Certificate.from_pem(_certificate(folder, label))
    except TrustError as error:
        raise ConfigError(f"{folder / label}.crt: {error}") from error
    if certificate.province != province:
        raise ConfigError(f"{folder}: holds the keys of {certificate.province}, not of {province}")
    if certificate.public_key != key.public:
        raise ConfigError(f"{folder / label}.crt: is for another key than {label}.key; put back the pair")
    return IdentityPair(certificate=certificate, key=key)


def _channel(folder: Path, label: str, passphrase: bytes) -> ChannelPair:
    path = folder / f"{label}.key"
    keys.check_private(path)
    try:
        pem = _certificate(folder, label)
        return ChannelPair(label=tls_pin(pem), certificate_pem=pem, key_pem=decrypt_tls_key(_read(path), passphrase))
    except TrustError as error:
        raise ConfigError(f"{path}: {error}; is the passphrase right?") from error


def _certificate(folder: Path, label: str) -> bytes:
    return _read(folder / f"{label}.crt")


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

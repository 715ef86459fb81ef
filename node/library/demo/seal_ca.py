"""The test CA behind the seals of demonstration certificates: made, kept in a folder, and shared by whoever demonstrates together.

`seal-ca.crt` is what operators put into their trust list for a demonstration; `seal-ca.key` signs for it. Never for production: the CA's
name says so, and the key's passphrase stands below for everybody to read.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from node.errors import ConfigError
from trust.errors import TrustError
from trust.gm import PrivateKey, PublicKey, x509
from trust.identity import Certificate

CERTIFICATE_NAME, KEY_NAME = "seal-ca.crt", "seal-ca.key"
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""When CA, certificates and seals are valid: every demonstration certificate is issued in between, and none expires in use."""

_ORGANISATION = "样例 测试用 TEST ONLY"
_COMMON_NAME = "certmesh 样例印章CA 切勿信任 never trust in production"
_PASSPHRASE = b"a test key, open to everybody"
_ROUNDS = 1000  # the least of RFC 8018, 4.2: more would guard nothing
_WARNING = (
    b"This is the key of a TEST certification authority for sample seals. Its passphrase is public. Never trust it.\n"
)
_MAX_FILE = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SealCa:
    """The CA's certificate and key."""

    certificate: Certificate
    key: PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A CA that nobody knew before."""
        key, name = PrivateKey.generate(), x509.name(_ORGANISATION, _COMMON_NAME)
        der = x509.build(
            issuer=name,
            issuer_key=key,
            subject=name,
            public_key=key.public,
            extensions=x509.CA_EXTENSIONS,
            not_before=FIRST,
            not_after=LAST,
        )
        return cls(certificate=Certificate.from_der(der), key=key)

    def issue(self, common_name: str, key: PublicKey) -> bytes:
        """The DER of a certificate for one who signs documents or seals."""
        return x509.build(
            issuer=self.certificate.subject,
            issuer_key=self.key,
            subject=x509.name(_ORGANISATION, common_name),
            public_key=key,
            extensions=x509.DOCUMENT_EXTENSIONS,
            not_before=FIRST,
            not_after=LAST,
        )


def open_seal_ca(folder: Path) -> SealCa:
    """The CA of a folder; made there when the folder has none. The key file is 0600.

    Raises:
        ConfigError: one of the two files is missing, unreadable or not the other's.
    """
    certificate, key = folder / CERTIFICATE_NAME, folder / KEY_NAME
    if certificate.exists() or key.exists():
        return _read(certificate, key)
    made = SealCa.new()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        key.touch(mode=0o600, exist_ok=False)
        key.write_bytes(_WARNING + made.key.to_pkcs8(_PASSPHRASE, rounds=_ROUNDS))
        certificate.write_text(made.certificate.pem, encoding="ascii")
    except OSError as error:
        raise ConfigError(f"{folder}: the test seal CA cannot be written there ({error.strerror})") from error
    return made


def _read(certificate: Path, key: Path) -> SealCa:
    try:
        found = SealCa(
            certificate=Certificate.from_pem(_bounded(certificate)),
            key=PrivateKey.from_pkcs8(_bounded(key), _PASSPHRASE),
        )
    except (OSError, TrustError) as error:
        raise ConfigError(
            f"{certificate.parent}: no test seal CA that can be used ({error}); remove {CERTIFICATE_NAME} and {KEY_NAME} to make a new one"
        ) from error
    if found.certificate.public_key != found.key.public:
        raise ConfigError(f"{certificate.parent}: {CERTIFICATE_NAME} and {KEY_NAME} do not belong together")
    return found


def _bounded(path: Path) -> bytes:
    with path.open("rb") as reading:
        return reading.read(_MAX_FILE)

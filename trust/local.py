"""The keys and certificates a node holds of its own. Plain values; reading them from files is `node.keys`."""

from dataclasses import dataclass

from trust import gm
from trust.identity import Certificate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LocalIdentity:
    """A province's own identity: SM2 keys for signing and for opening, and P-256 TLS as PEM. Never shown by repr."""

    province: str
    signing_key: gm.PrivateKey
    signing_certificate: Certificate
    encryption_key: gm.PrivateKey
    encryption_certificate: Certificate
    tls_key_pem: bytes
    tls_certificate_pem: bytes

    def __repr__(self) -> str:
        return f"LocalIdentity({self.province})"

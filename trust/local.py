"""The keys and certificates a node holds of its own. Plain values; reading them from files is `node.keys`.

The SM2 keys are ports: in files, or kept by a module that never hands them out (`trust.gm.Signer`, `trust.custody`).
"""

from dataclasses import dataclass

from trust import gm
from trust.identity import Certificate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LocalIdentity:
    """A province's own identity: SM2 keys for signing and for opening, and P-256 TLS as PEM. Never shown by repr."""

    province: str
    signing_key: gm.Signer
    signing_certificate: Certificate
    encryption_key: gm.Unwrapper
    encryption_certificate: Certificate
    tls_key_pem: bytes
    tls_certificate_pem: bytes

    @property
    def document_signer(self) -> gm.Signer:
        """The signing key for what stands for years: each signature is verified before it is used."""
        return gm.Checked(self.signing_key)

    def __repr__(self) -> str:
        return f"LocalIdentity({self.province})"

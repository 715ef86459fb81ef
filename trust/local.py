"""The keys and certificates a node holds of its own. Plain values; reading them from files is `node.keyring`.

The SM2 keys are ports: in files, or kept by a module that never hands them out (`trust.gm.Signer`, `trust.custody`).

A node may hold several pairs of each usage: the one in use, the next one, which membership announces ahead, and the old one, which it
still tolerates. Which is used, membership says and not the name of a file: see `KeyRing.identity`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from trust import gm
from trust.errors import IdentityError
from trust.identity import Certificate

K = TypeVar("K", bound=gm.Signer | gm.Unwrapper, covariant=True)  # noqa: PLC0105 - short as P


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LocalIdentity:
    """A province's own identity: SM2 keys for signing and for opening, and P-256 TLS as PEM. Never shown by repr.

    `older` are the other encryption keys held, by the fingerprint of their certificate: what was sealed to them still opens.
    """

    province: str
    signing_key: gm.Signer
    signing_certificate: Certificate
    encryption_key: gm.Unwrapper
    encryption_certificate: Certificate
    tls_key_pem: bytes
    tls_certificate_pem: bytes
    older: Mapping[str, gm.Unwrapper] = field(default_factory=dict)

    @property
    def document_signer(self) -> gm.Signer:
        """The signing key for what stands for years: each signature is verified before it is used."""
        return gm.Checked(self.signing_key)

    def __repr__(self) -> str:
        return f"LocalIdentity({self.province})"

    @property
    def opening_keys(self) -> dict[str, gm.Unwrapper]:
        """Every key that messages to this node may be sealed to, by its certificate's fingerprint."""
        return {**self.older, self.encryption_certificate.fingerprint: self.encryption_key}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IdentityPair(Generic[K]):
    """An SM2 key, or the port of its keeper, and its identity certificate."""

    certificate: Certificate
    key: K

    @property
    def label(self) -> str:
        """The certificate's fingerprint: SM3 in hex."""
        return self.certificate.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChannelPair:
    """A P-256 channel key and its certificate, as PEM; `label` is its pin."""

    label: str
    certificate_pem: bytes
    key_pem: bytes


class _Labelled(Protocol):
    @property
    def label(self) -> str: ...


P = TypeVar("P", bound=_Labelled)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KeyRing:
    """All key pairs found in the keys folder, in the order current, next, old. Never shown by repr."""

    province: str
    signing: tuple[IdentityPair[gm.Signer], ...]
    encryption: tuple[IdentityPair[gm.Unwrapper], ...]
    tls: tuple[ChannelPair, ...]

    def __repr__(self) -> str:
        return f"KeyRing({self.province})"

    def identity(self, *, signing: Sequence[str], encryption: Sequence[str], tls: Sequence[str]) -> LocalIdentity:
        """The identity to act with: of each usage the first listed pair that is held. Listed are fingerprints, and pins for TLS.

        Raises:
            IdentityError: none of the listed of a usage is held; the message names the usage.
        """
        sign, channel = _first(self.signing, signing, "signing"), _first(self.tls, tls, "tls")
        seal = _first(self.encryption, encryption, "encryption")
        return LocalIdentity(
            province=self.province,
            signing_key=sign.key,
            signing_certificate=sign.certificate,
            encryption_key=seal.key,
            encryption_certificate=seal.certificate,
            tls_key_pem=channel.key_pem,
            tls_certificate_pem=channel.certificate_pem,
            older={one.label: one.key for one in self.encryption if one is not seal},
        )

    @property
    def whole(self) -> LocalIdentity:
        """The first pair of each usage, whoever lists it: for a node that no membership lists, to keep its own log going."""
        return self.identity(
            signing=[one.label for one in self.signing],
            encryption=[one.label for one in self.encryption],
            tls=[one.label for one in self.tls],
        )


def _first(held: Sequence[P], listed: Sequence[str], usage: str) -> P:
    by_label = {one.label: one for one in reversed(held)}
    for label in listed:
        if label in by_label:
            return by_label[label]
    raise IdentityError(f"none of the {usage} certificates that membership lists is held with its key")


class Own:
    """The identity a node acts with at this moment. Owned by its event loop; replaced whole by `adopt`."""

    def __init__(self, identity: LocalIdentity) -> None:
        """Start with this one."""
        self.identity = identity

"""Identities and a membership for tests and demonstrations, made by CAs of this process. Nothing of it is for production."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from trust import gm
from trust.identity import Certificate, Usage, issue, issue_ca
from trust.local import LocalIdentity
from trust.membership import Key, KeyUsage, Member, Membership, MemberStatus, key_id
from trust.tls import new_tls, tls_pin

_SINCE = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)  # everything made here is valid since yesterday


@lru_cache
def _authority(province: str) -> tuple[gm.PrivateKey, Certificate]:
    key = gm.PrivateKey.generate()
    return key, issue_ca(province=province, name=f"{province} CA", key=key, now=_SINCE)


def new_certificate(province: str, usage: Usage, public_key: gm.PublicKey) -> Certificate:
    """A certificate over a key by this process's CA of the province."""
    ca_key, ca = _authority(province)
    return issue(ca=ca, ca_key=ca_key, province=province, name=province, usage=usage, public_key=public_key, now=_SINCE)


def new_identity(province: str) -> LocalIdentity:
    """A fresh identity under this process's CA of the province."""
    signing, encryption = gm.PrivateKey.generate(), gm.PrivateKey.generate()
    tls = new_tls(province=province, now=_SINCE)
    return LocalIdentity(
        province=province,
        signing_key=signing,
        signing_certificate=new_certificate(province, Usage.SIGNING, signing.public),
        encryption_key=encryption,
        encryption_certificate=new_certificate(province, Usage.ENCRYPTION, encryption.public),
        tls_key_pem=tls.key_pem,
        tls_certificate_pem=tls.certificate_pem,
    )


_identity = lru_cache(new_identity)


def make_identities(provinces: Iterable[str]) -> dict[str, LocalIdentity]:
    """An identity for each province, the same one throughout the process."""
    return {code: _identity(code) for code in provinces}


def make_membership(identities: Mapping[str, LocalIdentity]) -> Membership:
    """The membership of these provinces, valid for a year; unsigned, endpoints at a port where nobody listens."""
    return Membership(
        version=1,
        issued=_SINCE.isoformat(),
        expires=(_SINCE + timedelta(days=365)).isoformat(),
        previous="",
        threshold=len(identities),
        members=tuple(_member(identities[code]) for code in sorted(identities)),
    )


def _member(identity: LocalIdentity) -> Member:
    signing, encryption = identity.signing_certificate, identity.encryption_certificate
    return Member(
        province=identity.province,
        name=identity.province,
        endpoints=("127.0.0.1:1",),
        ca=_authority(identity.province)[1].pem,
        signing=signing.pem,
        encryption=encryption.pem,
        tls=identity.tls_certificate_pem.decode(),
        tls_pins=(tls_pin(identity.tls_certificate_pem),),
        status=MemberStatus.ACTIVE,
        keys=tuple(
            Key(key_id=key_id(pem), usage=usage.value, since=_SINCE.isoformat())
            for usage, pem in (
                (KeyUsage.SIGNING, signing.pem),
                (KeyUsage.ENCRYPTION, encryption.pem),
                (KeyUsage.TLS, identity.tls_certificate_pem.decode()),
            )
        ),
    )

"""Opens a signature value, whatever its kind, and checks its mathematics: digest of Signature.xml, SM2 signature, seal. No dates, no trust.

Where a signature fails, known mistakes of makers are tried so that they can be named; they stay refusals (PARTS, "What real OFD files
do", item 3).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd.signatures import der
from trust.ofd.signatures.certificate import Certificate, read_certificate
from trust.ofd.signatures.findings import Code, Finding
from trust.ofd.signatures.seal import Seal, SealSignature, kind_of, read_seal_signature
from trust.ofd.signatures.signed_data import SIGNED_DATA, SignedData, read_signed_data
from trust.ofd.signatures.sm2_value import SM2_OIDS, is_twice, restored, to_raw, verifies

MAX_VALUE = 16 * 1024 * 1024
SM3_OIDS = frozenset({"1.2.156.10197.1.401", "1.2.156.10197.1.401.1", "1.2.156.10197.1.401.2"})
"""SM3, and its uses without and with a key (GM/T 0006); some makers write the last and mean the first."""

_SM3_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A signature value's kind, what was found in it, and the certificates and the seal that it brings."""

    kind: str
    findings: tuple[Finding, ...]
    signer: Certificate | None = field(default=None, repr=False)
    maker: Certificate | None = field(default=None, repr=False)
    seal: Seal | None = field(default=None, repr=False)
    signed_at: datetime | None = None
    others: tuple[Certificate, ...] = field(default=(), repr=False)


def open_value(value: bytes, signed_file: bytes, outside: tuple[Certificate, ...]) -> Opened:
    """Check a SignedValue over the bytes of its Signature.xml. `outside` serves values that bring no certificate."""
    if len(value) > MAX_VALUE:
        return Opened(kind="unknown", findings=(Finding(Code.UNKNOWN_KIND, f"more than {MAX_VALUE} bytes"),))
    if _is_raw(value):
        return _raw(value, signed_file, outside)
    kind = "unknown"
    try:
        node = der.read(value).expect(der.SEQUENCE)
        first = node.children()[0]
        if first.tag == der.OID:
            kind = f"SignedData {der.oid(first)}"
            return _signed_data(kind, node, signed_file, outside)
        kind = "SES_Signature"
        signature = read_seal_signature(node)
        kind = kind_of(signature)
        return _sealed(kind, signature, signed_file)
    except (DocumentError, IndexError) as error:
        detail = str(error) or "ASN.1"
        code = Code.UNKNOWN_KIND if kind == "unknown" else Code.MALFORMED
        return Opened(kind=kind, findings=(Finding(code, detail),))


def _is_raw(value: bytes) -> bool:
    try:
        return bool(to_raw(value))
    except DocumentError:
        return False


def _raw(value: bytes, signed_file: bytes, outside: tuple[Certificate, ...]) -> Opened:
    """A bare SM2 value says nothing of its signer: the certificates from outside are tried."""
    if not outside:
        return Opened(kind="raw", findings=(Finding(Code.NO_CERTIFICATE),))
    keys = [one for one in outside if one.key is not None and verifies(one.key, signed_file, value)]
    if keys:
        return Opened(kind="raw", findings=(Finding(Code.SIGNATURE_GOOD),), signer=keys[0])
    return Opened(kind="raw", findings=(_named(outside, signed_file, value, sm3(signed_file)),))


def _signed_data(kind: str, node: der.Node, signed_file: bytes, outside: tuple[Certificate, ...]) -> Opened:
    if kind.rpartition(" ")[2] not in SIGNED_DATA:
        return Opened(kind=kind, findings=(Finding(Code.UNKNOWN_KIND, kind),))
    data = read_signed_data(node)
    others = tuple(map(read_certificate, data.certificates))
    signer = _signer(data, (*others, *outside))
    if signer is None:
        signature = Finding(Code.NO_CERTIFICATE)
    else:
        message = signed_file if data.content is None else data.content
        message = message if data.attributes is None else data.attributes
        signature = _signature(signer, data.algorithm, message, data.value, sm3(signed_file))
    findings = (*_content_findings(data, signed_file), signature)
    return Opened(kind=kind, findings=findings, signer=signer, signed_at=data.signed_at, others=others)


def _signer(data: SignedData, certificates: Iterable[Certificate]) -> Certificate | None:
    """The certificate with the signer's issuer and serial number; by the number alone when the names are encoded differently."""
    same = [one for one in certificates if one.serial == data.signer[1]]
    named = [one for one in same if one.issuer == data.signer[0]]
    return next(iter(named or same), None)


def _content_findings(data: SignedData, signed_file: bytes) -> Iterator[Finding]:
    """Whether what is signed is Signature.xml: directly, or by its digest among the attributes."""
    content = signed_file if data.content is None else data.content
    if data.digest_algorithm not in SM3_OIDS:
        yield Finding(Code.NOT_SM3, data.digest_algorithm)
    elif content != signed_file:
        yield Finding(Code.SIGNED_HASH if content == sm3(signed_file) else Code.HASH_DIFFERS)
    elif data.attributes is None:
        yield Finding(Code.HASH_MATCHES)
    elif data.message_digest is None:
        yield Finding(Code.MALFORMED, "no messageDigest")
    else:
        yield _hash_finding(data.message_digest, signed_file)


def _hash_finding(digest: bytes, signed_file: bytes) -> Finding:
    digest = restored(digest, _SM3_BYTES)
    if digest == sm3(signed_file):
        return Finding(Code.HASH_MATCHES)
    return Finding(Code.HASH_TWICE if is_twice(digest, signed_file) else Code.HASH_DIFFERS)


def _sealed(kind: str, signature: SealSignature, signed_file: bytes) -> Opened:
    seal = signature.seal
    signer, maker = read_certificate(signature.certificate), read_certificate(seal.maker)
    findings = [
        _hash_finding(signature.data_hash, signed_file),
        _signature(signer, signature.algorithm, signature.signed, signature.value, signature.data_hash),
        _maker_finding(maker, seal),
        _listed_finding(signer, seal),
    ]
    if signature.has_timestamp or seal.has_timestamp:
        findings.append(Finding(Code.TIMESTAMP))
    return Opened(
        kind=kind, findings=tuple(findings), signer=signer, maker=maker, seal=seal, signed_at=signature.signed_at
    )


def _signature(signer: Certificate, algorithm: str, message: bytes, value: bytes, data_hash: bytes) -> Finding:
    if algorithm not in SM2_OIDS or signer.key is None:
        return Finding(Code.NOT_SM2, algorithm)
    if verifies(signer.key, message, value):
        return Finding(Code.SIGNATURE_GOOD)
    return _named((signer,), message, value, data_hash)


def _named(signers: Iterable[Certificate], message: bytes, value: bytes, data_hash: bytes) -> Finding:
    """Why a signature does not verify, if it is one of the known mistakes."""
    keys = [signer.key for signer in signers if signer.key is not None]
    if any(verifies(key, data_hash, value) for key in keys):
        return Finding(Code.SIGNED_HASH)
    if any(verifies(key, sm3(message), value) for key in keys):
        return Finding(Code.SIGNED_TWICE)
    return Finding(Code.SIGNATURE_BAD)


def _maker_finding(maker: Certificate, seal: Seal) -> Finding:
    if seal.algorithm not in SM2_OIDS or maker.key is None:
        return Finding(Code.NOT_SM2, seal.algorithm)
    if verifies(maker.key, seal.signed, seal.value):
        return Finding(Code.SEAL_GOOD)
    elsewhere = verifies(maker.key, seal.signed_elsewhere, seal.value)
    return Finding(Code.SEAL_OTHER_VERSION if elsewhere else Code.SEAL_BAD)


def _listed_finding(signer: Certificate, seal: Seal) -> Finding:
    """Whether the seal lists the signer's certificate, or the SM3 of it."""
    unknown = [word for word, _ in seal.digests if word.casefold() != "sm3" and word not in SM3_OIDS]
    if signer.der in seal.certificates or any(value == sm3(signer.der) for _, value in seal.digests):
        return Finding(Code.LISTED)
    return Finding(Code.NOT_SM3, unknown[0]) if unknown else Finding(Code.NOT_LISTED)

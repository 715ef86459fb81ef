"""GB/T 35275 SignedData: what is signed, the variants that real makers write, and what is refused."""

import pytest

from tests.trust.ofd.signatures.makers import SIGNATURE, VALUE, Entries, pki, sealed, verified
from trust.gm import sm3
from trust.ofd import Mathematics, Verdict
from trust.ofd.signatures import Signer, der
from trust.ofd.signatures.findings import Code

ENTRIES = sealed(Signer(certificate=pki().signer, key=pki().signer_key))
XML = ENTRIES[SIGNATURE]
SET, CONTEXT = der.SET, der.context(0)


def _value(
    *,
    oid: str = "1.2.156.10197.6.1.4.2.2",
    content: bytes | None = None,
    attributes: bool = False,
    digest: bytes | None = None,
    digest_oid: str = "1.2.156.10197.1.401",
    algorithm: str = "1.2.156.10197.1.301.1",
    certificate: bytes | None = None,
    signers: int = 1,
) -> bytes:
    """SignedData of the signer over Signature.xml, each part changeable."""
    one = pki()
    signer_certificate = der.read(one.signer).children()[0].children()
    null = der.encode(0x05)
    shown = der.encode(
        der.SEQUENCE,
        der.encode_oid("1.2.840.113549.1.9.4"),
        der.encode(SET, der.encode(der.OCTET_STRING, sm3(XML) if digest is None else digest)),
    )
    message = der.encode(SET, shown) if attributes else (XML if content is None else content)
    who = der.encode(der.SEQUENCE, signer_certificate[3].raw, signer_certificate[1].raw)
    signer = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        who,
        der.encode(der.SEQUENCE, der.encode_oid(digest_oid), null),
        *([der.encode(CONTEXT, shown)] if attributes else []),
        der.encode(der.SEQUENCE, der.encode_oid(algorithm), null),
        der.encode(der.OCTET_STRING, one.signer_key.sign_der(message)),
    )
    inside = [] if content is None else [der.encode(CONTEXT, der.encode(der.OCTET_STRING, content))]
    body = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(SET),
        der.encode(der.SEQUENCE, der.encode_oid("1.2.156.10197.6.1.4.2.1"), *inside),
        *([der.encode(CONTEXT, certificate or one.signer)] if certificate != b"" else []),
        der.encode(SET, *[signer] * signers),
    )
    return der.encode(der.SEQUENCE, der.encode_oid(oid), der.encode(CONTEXT, body))


def _with(value: bytes) -> Entries:
    return {**ENTRIES, VALUE: value}


def _indefinite(value: bytes) -> bytes:
    """The same with indefinite lengths around ContentInfo, its content and SignedData, as some CMS makers write."""
    identifier, holder = der.read(value).children()
    body = holder.children()[0]
    end = b"\0\0"
    return b"\x30\x80" + identifier.raw + b"\xa0\x80\x30\x80" + body.content + end * 3


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(_value(), id="detached, without attributes"),
        pytest.param(_value(attributes=True), id="detached, with attributes"),
        pytest.param(_value(content=XML), id="attached"),
        pytest.param(_value(oid="1.2.840.113549.1.7.2"), id="under the PKCS#7 type"),
        pytest.param(_value(algorithm="1.2.156.10197.1.501"), id="the algorithm named SM2-with-SM3"),
        pytest.param(_indefinite(_value(attributes=True)), id="indefinite lengths"),
    ],
)
def test_variants_that_sign_the_right_thing_are_valid(value: bytes) -> None:
    assert verified(_with(value)).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("value", "code", "mathematics"),
    [
        pytest.param(_value(content=sm3(XML)), Code.SIGNED_HASH, "invalid", id="attached: dataHash itself"),
        pytest.param(_value(content=b"x"), Code.HASH_DIFFERS, "invalid", id="attached: something else"),
        pytest.param(_value(attributes=True, digest=sm3(sm3(XML))), Code.HASH_TWICE, "invalid", id="SM3 twice"),
        pytest.param(_value(attributes=True, digest=bytes(32)), Code.HASH_DIFFERS, "invalid", id="another digest"),
        pytest.param(_value(digest_oid="2.16.840.1.101.3.4.2.1"), Code.NOT_SM3, "undecided", id="SHA-256"),
        pytest.param(_value(algorithm="1.2.840.113549.1.1.1"), Code.NOT_SM2, "undecided", id="RSA"),
        pytest.param(_value(oid="1.2.3.4"), Code.UNKNOWN_KIND, "undecided", id="another content type"),
        pytest.param(_value(certificate=b""), Code.NO_CERTIFICATE, "undecided", id="no certificate"),
        pytest.param(_value(certificate=pki().maker), Code.NO_CERTIFICATE, "undecided", id="another's certificate"),
        pytest.param(_value(signers=2), Code.MALFORMED, "invalid", id="two signers"),
        pytest.param(_value(signers=0), Code.MALFORMED, "invalid", id="no signer"),
        pytest.param(b"", Code.UNKNOWN_KIND, "undecided", id="empty"),
        pytest.param(b"\x30\0", Code.UNKNOWN_KIND, "undecided", id="an empty structure"),
        pytest.param(b"not ASN.1", Code.UNKNOWN_KIND, "undecided", id="a text"),
        pytest.param(b"\x30\x80" * 40 + b"\0\0" * 40, Code.UNKNOWN_KIND, "undecided", id="deep"),
    ],
)
def test_what_does_not_sign_signature_xml_is_refused_and_named(value: bytes, code: Code, mathematics: str) -> None:
    (one,) = verified(_with(value)).signatures

    assert code in {finding.code for finding in one.findings}
    assert Mathematics(mathematics) is one.mathematics
    assert one.verdict in {Verdict.TAMPERED, Verdict.UNSUPPORTED}

"""Makes what the tests verify: a CA and its certificates, seals of all versions, signed packages, revocation lists. All invented."""

import base64
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from trust.gm import PrivateKey, sm3
from trust.identity import Usage, issue, issue_ca
from trust.ofd import CertificateFace, DocumentReport, Trust, verify_document, write_certificate
from trust.ofd.signatures import SealFace, Signer, Stamp, der, encode_seal, sign_entries, write_package
from trust.ofd.signatures.certificate import read_certificate

NOW = datetime(2024, 5, 1, 8, 0, 0, tzinfo=UTC)
SIGNED_AT = NOW - timedelta(days=30)
ISSUED = NOW - timedelta(days=90)
SM2, SM3 = "1.2.156.10197.1.501", "1.2.156.10197.1.401"
PICTURE = b"\x89PNG\r\n\x1a\n invented"
SIGNATURE, VALUE = "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"
LISTING = "Doc_0/Signs/Signatures.xml"
Entries = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """A CA, the certificate of a signer and of a seal maker, and their keys."""

    ca: bytes
    ca_key: PrivateKey
    signer: bytes
    signer_key: PrivateKey
    maker: bytes
    maker_key: PrivateKey

    @property
    def trust(self) -> Trust:
        return Trust.from_bytes(anchors=[self.ca])


@cache
def pki(name: str = "样例", *, valid_days: int = 365) -> Pki:
    ca_key, signer_key, maker_key = (PrivateKey.generate() for _ in range(3))
    ca = issue_ca(province="310000", name=name, key=ca_key, now=ISSUED)
    signer, maker = (
        issue(
            ca=ca,
            ca_key=ca_key,
            province="310000",
            name=name,
            usage=Usage.SIGNING,
            public_key=key.public,
            now=ISSUED,
            valid_days=valid_days,
        ).der
        for key in (signer_key, maker_key)
    )
    return Pki(ca=ca.der, ca_key=ca_key, signer=signer, signer_key=signer_key, maker=maker, maker_key=maker_key)


def face(one: Pki | None = None) -> SealFace:
    return SealFace(
        es_id="3100000000001",
        vendor="certmesh",
        name="样例专用章",
        users=((one or pki()).signer,),
        picture=PICTURE,
        picture_type="png",
        width=40,
        height=40,
        created=ISSUED,
        valid_from=ISSUED,
        valid_until=ISSUED + timedelta(days=365),
    )


def seal(one: Pki | None = None, shown: SealFace | None = None) -> bytes:
    one = one or pki()
    return encode_seal(shown or face(one), maker=one.maker, key=one.maker_key)


def sealer(one: Pki | None = None, **changes: object) -> Signer:
    one = one or pki()
    signer = Signer(
        certificate=one.signer, key=one.signer_key, seal=seal(one), stamps=(Stamp(page=2, box=(10, 20, 40, 40)),)
    )
    return replace(signer, **changes)  # type: ignore[arg-type]


def plain() -> Entries:
    """The entries of an unsigned certificate."""
    file = write_certificate(
        CertificateFace(title="采矿许可证", lines=(("证号", "样例"),), custom_data=(), created=date(2024, 5, 1))
    )
    with zipfile.ZipFile(io.BytesIO(file)) as container:
        return {name: container.read(name) for name in container.namelist()}


def sealed(*signers: Signer, signed_at: datetime = SIGNED_AT) -> Entries:
    return sign_entries(plain(), signers or (sealer(),), signed_at=signed_at)


def verified(entries: Entries, *, trust: Trust | None = None, at: datetime = NOW) -> DocumentReport:
    return verify_document(write_package(entries), trust=pki().trust if trust is None else trust, at=at)


def changed(entries: Entries, name: str, old: bytes, new: bytes) -> Entries:
    """The entries with one text of one of them replaced."""
    assert old in entries[name]

    return {**entries, name: entries[name].replace(old, new)}


def with_signature_file(
    edit: Callable[[bytes], bytes] = lambda xml: xml, entries: Entries | None = None, value_name: str = VALUE
) -> Entries:
    """A sealed package whose Signature.xml was edited before it was signed: a real signer's peculiarity, not an attack."""
    entries = entries or sealed()
    xml = edit(entries[SIGNATURE])
    others = {name: data for name, data in entries.items() if name != VALUE}
    return {**others, SIGNATURE: xml, value_name: ses_v4(xml)}


def ses_v4(
    xml: bytes,
    *,
    version: int = 4,
    the_seal: bytes | None = None,
    time: bytes | None = None,
    data_hash: bytes | None = None,
    bit_string: Callable[[bytes], bytes] = der.encode_bits,
    sign: Callable[[bytes], bytes] | None = None,
    tail: bytes = b"",
) -> bytes:
    """SES_Signature of v4 or v5, each part changeable."""
    one = pki()
    to_sign = der.encode(
        der.SEQUENCE,
        der.encode_integer(version),
        the_seal or seal(),
        time or der.encode_time(SIGNED_AT),
        der.encode_bits(sm3(xml) if data_hash is None else data_hash),
        der.encode(der.IA5, b"/" + SIGNATURE.encode()),
    )
    value = (sign or one.signer_key.sign_der)(to_sign)
    certificate = der.encode(der.OCTET_STRING, one.signer)
    return der.encode(der.SEQUENCE, to_sign, certificate, der.encode_oid(SM2), bit_string(value), tail)


def seal_v1(*, signs_info_only: bool = False) -> bytes:
    """A GM/T 0031-2014 seal: no certListType, UTCTime, and a SEQUENCE of its own for the maker's part."""
    one = pki()
    properties = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(der.UTF8, "样例".encode()),
        der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, one.signer)),
        *(der.encode(der.UTC_TIME, text) for text in (b"240202080000Z", b"240202080000Z", b"250202080000Z")),
    )
    header = der.encode(
        der.SEQUENCE, der.encode(der.IA5, b"ES"), der.encode_integer(1), der.encode(der.IA5, b"certmesh")
    )
    picture = der.encode(
        der.SEQUENCE,
        der.encode(der.IA5, b"png"),
        der.encode(der.OCTET_STRING, PICTURE),
        der.encode_integer(40),
        der.encode_integer(40),
    )
    info = der.encode(der.SEQUENCE, header, der.encode(der.IA5, b"1"), properties, picture)
    proof = der.encode(der.OCTET_STRING, one.maker), der.encode_oid(SM2)
    signed = info if signs_info_only else der.encode(der.SEQUENCE, info, *proof)
    return der.encode(
        der.SEQUENCE, info, der.encode(der.SEQUENCE, *proof, der.encode_bits(one.maker_key.sign_der(signed)))
    )


def ses_v1(xml: bytes, *, the_seal: bytes | None = None, time: bytes = b"2024-04-01T08:00:00.000Z") -> bytes:
    """A GM/T 0031-2014 signature: certificate and algorithm inside of what is signed, the time a text in a BIT STRING."""
    one = pki()
    to_sign = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        the_seal or seal_v1(),
        der.encode_bits(time),
        der.encode_bits(sm3(xml)),
        der.encode(der.IA5, b"/" + SIGNATURE.encode()),
        der.encode(der.OCTET_STRING, one.signer),
        der.encode_oid(SM2),
    )
    return der.encode(der.SEQUENCE, to_sign, der.encode_bits(one.signer_key.sign_der(to_sign)))


def crl(
    one: Pki, revoked: dict[bytes, tuple[datetime, int | None]], *, next_update: datetime = NOW + timedelta(days=7)
) -> bytes:
    """A list of the CA: serial number to moment and reason code."""
    ca = read_certificate(one.ca)
    algorithm = der.encode(der.SEQUENCE, der.encode_oid(SM2))
    entries = [_crl_entry(read_certificate(cert).serial, *what) for cert, what in revoked.items()]
    times = der.encode_time(NOW - timedelta(days=1)), der.encode_time(next_update)
    tbs = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        algorithm,
        ca.subject,
        *times,
        *([der.encode(der.SEQUENCE, *entries)] if entries else []),
    )
    return der.encode(der.SEQUENCE, tbs, algorithm, der.encode_bits(one.ca_key.sign_der(tbs)))


def _crl_entry(serial: bytes, when: datetime, reason: int | None) -> bytes:
    extension = der.encode(
        der.SEQUENCE,
        der.encode_oid("2.5.29.21"),
        der.encode(der.OCTET_STRING, der.encode(0x0A, bytes([reason or 0]))),
    )
    return der.encode(
        der.SEQUENCE,
        der.encode(der.INTEGER, serial),
        der.encode_time(when),
        *([] if reason is None else [der.encode(der.SEQUENCE, extension)]),
    )


def pem(data: bytes, label: str = "CERTIFICATE") -> bytes:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n".encode()

"""Signs OFD packages: Signature.xml and its signature for each signer, and the list of them (GB/T 33190-2016 clause 18).

Every signature covers every entry that exists before it, OFD.xml and the earlier signatures among them; the last one covers the list as
well. So nothing can be added, and no second round of signing is possible. How pages look is not decided here.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from trust import gm
from trust.gm import sm3
from trust.ofd.building import make, to_bytes
from trust.ofd.markup import parse_xml
from trust.ofd.signatures.encoding import encode_seal_signature, encode_signed_data
from trust.ofd.signatures.listing import find_all, text_of
from trust.ofd.zipping import pack, write_zip

_SM2_WITH_SM3, _SM3 = "1.2.156.10197.1.501", "1.2.156.10197.1.401"
_ROOT = "OFD.xml"
_PROVIDER = {"ProviderName": "certmesh", "Company": "certmesh", "Version": "1.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where a seal is shown: the page's object ID, and the box in millimetres (x, y, width, height)."""

    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: certificate and key, and the seal with its stamps; without a seal the signature is plain SignedData."""

    certificate: bytes = field(repr=False)
    key: gm.Signer = field(repr=False)
    seal: bytes | None = field(default=None, repr=False)
    stamps: tuple[Stamp, ...] = ()


def sign_package(entries: Mapping[str, bytes], signers: Sequence[Signer], *, signed_at: datetime) -> bytes:
    """The package of these entries, signed by all signers in their order.

    Raises:
        DocumentError: OFD.xml is malformed.
        ValueError: no signer, no OFD.xml, one that names signatures already, or entries where the signatures go.
    """
    return write_package(sign_entries(entries, signers, signed_at=signed_at))


def sign_entries(
    entries: Mapping[str, bytes], signers: Sequence[Signer], *, signed_at: datetime, folder: str | None = None
) -> dict[str, bytes]:
    """As `sign_package`, before zipping: the entries with the signatures' entries added and OFD.xml naming their list.

    The signatures go to `folder`, by default to Signs beside the first document's root.
    """
    if not signers or _ROOT not in entries:
        raise ValueError("signing a package takes a signer and an OFD.xml")
    folder, root = _with_list(entries[_ROOT], folder)
    if any(name.casefold().startswith(f"{folder}/".casefold()) for name in entries):
        raise ValueError(f"{folder} is taken")
    listing = {f"{folder}/Signatures.xml": _listing(folder, signers)}
    signed = {**entries, _ROOT: root}
    for place, signer in enumerate(signers):
        if place == len(signers) - 1:
            signed |= listing
        signed |= _signature(signed, signer, f"{folder}/Sign_{place}", signed_at, place)
    return signed


def write_package(entries: Mapping[str, bytes]) -> bytes:
    """The zip of the entries; equal entries give equal bytes."""
    return write_zip({name: pack(data) for name, data in entries.items()})


def _with_list(ofd: bytes, folder: str | None) -> tuple[str, bytes]:
    """The folder for signatures, and OFD.xml with its first DocBody naming the list there."""
    root = parse_xml(ofd, _ROOT)
    body = next(find_all(root, "DocBody"), None)
    location = None if body is None else text_of(body, "DocRoot")
    if body is None or not location or next(find_all(root, "Signatures"), None) is not None:
        raise ValueError("OFD.xml has no document, or names signatures already")
    beside = location.strip("/").rpartition("/")[0]
    folder = folder or (f"{beside}/Signs" if beside else "Signs")
    namespace = body.tag.partition("}")[0] + "}"
    ET.SubElement(body, f"{namespace}Signatures").text = f"/{folder}/Signatures.xml"
    return folder, to_bytes(root)


def _listing(folder: str, signers: Sequence[Signer]) -> bytes:
    root = make("Signatures")
    _add(root, "MaxSignId", str(len(signers)))
    for place, signer in enumerate(signers):
        kind = "Sign" if signer.seal is None else "Seal"
        _add(root, "Signature", ID=str(place + 1), Type=kind, BaseLoc=f"/{folder}/Sign_{place}/Signature.xml")
    return to_bytes(root)


def _signature(
    covered: Mapping[str, bytes], signer: Signer, folder: str, signed_at: datetime, place: int
) -> Iterator[tuple[str, bytes]]:
    """The entries of one signature: its seal, Signature.xml over everything before it, and the value."""
    seal = {} if signer.seal is None else {f"{folder}/Seal.esl": signer.seal}
    name, value_name = f"{folder}/Signature.xml", f"{folder}/SignedValue.dat"
    file = _signature_xml({**covered, **seal}, signer, value_name, signed_at, place)
    yield from seal.items()
    yield name, file
    yield value_name, _value(file, f"/{name}", signer, signed_at)


def _value(file: bytes, location: str, signer: Signer, signed_at: datetime) -> bytes:
    if signer.seal is None:
        return encode_signed_data(file, signed_at=signed_at, certificate=signer.certificate, key=signer.key)
    return encode_seal_signature(
        file,
        location=location,
        seal=signer.seal,
        signed_at=signed_at,
        certificate=signer.certificate,
        key=signer.key,
    )


def _signature_xml(
    covered: Mapping[str, bytes], signer: Signer, value_name: str, signed_at: datetime, place: int
) -> bytes:
    root = make("Signature")
    info = _add(root, "SignedInfo")
    _add(info, "Provider", **_PROVIDER)
    _add(info, "SignatureMethod", _SM2_WITH_SM3)
    _add(info, "SignatureDateTime", f"{signed_at.astimezone(UTC):%Y%m%d%H%M%SZ}")
    references = _add(info, "References", CheckMethod=_SM3)
    for name, data in covered.items():
        reference = _add(references, "Reference", FileRef=f"/{name}")
        _add(reference, "CheckValue", base64.b64encode(sm3(data)).decode())
    for number, stamp in enumerate(signer.stamps):
        box = " ".join(f"{side:g}" for side in stamp.box)
        _add(info, "StampAnnot", ID=f"{place + 1}{number:02}", PageRef=str(stamp.page), Boundary=box)
    if signer.seal is not None:
        _add(_add(info, "Seal"), "BaseLoc", f"/{value_name.rpartition('/')[0]}/Seal.esl")
    _add(root, "SignedValue", f"/{value_name}")
    return to_bytes(root)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = make(name, text=text, **attributes)
    parent.append(element)
    return element
